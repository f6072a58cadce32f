{{/* Names and labels. The folder that a template lies in is its component, and the label says so. */}}

{{- define "ki67.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "ki67.fullname" -}}
{{- $name := include "ki67.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "ki67.component" -}}
{{ .Template.Name | dir | base }}
{{- end }}

{{/* The labels of a component's pods: (list . "gateway"). */}}
{{- define "ki67.podsOf" -}}
app.kubernetes.io/name: {{ include "ki67.name" (first .) }}
app.kubernetes.io/instance: {{ (first .).Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{- define "ki67.pods" -}}
{{ include "ki67.podsOf" (list . (include "ki67.component" .)) }}
{{- end }}

{{- define "ki67.labels" -}}
{{ include "ki67.pods" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ki67.secret" -}}
{{ default (printf "%s-keys" (include "ki67.fullname" .)) .Values.secrets.existing }}
{{- end }}

{{- define "ki67.claim" -}}
{{ default (printf "%s-data" (include "ki67.fullname" .)) .Values.persistence.existingClaim }}
{{- end }}

{{- define "ki67.gateway.url" -}}
http://{{ include "ki67.fullname" . }}-gateway.{{ .Release.Namespace }}.svc:{{ .Values.gateway.service.port }}
{{- end }}

{{- define "ki67.torchserve.url" -}}
http://{{ include "ki67.fullname" . }}-torchserve.{{ .Release.Namespace }}.svc:8080
{{- end }}

{{- define "ki67.torchserve.pods" -}}
{{ include "ki67.fullname" . }}-torchserve-pods.{{ .Release.Namespace }}.svc
{{- end }}
