{{/* Peers and rules that several policies share. */}}

{{/* Pods of components of this release: (list . "gateway" "worker"). */}}
{{- define "ki67.peers" -}}
{{- $root := first . -}}
{{- range rest . }}
- podSelector:
    matchLabels: {{ include "ki67.podsOf" (list $root .) | nindent 6 }}
{{- end }}
{{- end }}

{{/* A policy's head: (list . "gateway"). */}}
{{- define "ki67.policy" -}}
{{- $root := first . -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "ki67.fullname" $root }}-{{ last . }}
  labels: {{ include "ki67.labels" $root | nindent 4 }}
{{- end }}

{{- define "ki67.policy.pods" -}}
podSelector:
  matchLabels: {{ include "ki67.podsOf" . | nindent 4 }}
policyTypes: [Ingress, Egress]
{{- end }}

{{/* -> names */}}
{{- define "ki67.toNames" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}

{{/* -> somewhere outside, on these ports: (list . 443 587) */}}
{{- define "ki67.toOutside" -}}
{{- $root := first . -}}
- ports:
    {{- range rest . | uniq }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
  {{- with $root.Values.network.outside }}
  to: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The port of http://collector:4318, or the scheme's own. */}}
{{- define "ki67.portOf" -}}
{{- $parts := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $parts.host | trimPrefix ":" -}}
{{- default (ternary "443" "80" (eq $parts.scheme "https")) $port -}}
{{- end }}

{{/* gateway, worker, migrations -> records and images */}}
{{- define "ki67.toStores" -}}
{{- if eq .Values.database.kind "external" }}
{{ include "ki67.toOutside" (list . .Values.database.external.port) }}
{{- else if eq .Values.database.kind "cloudnativepg" }}
- ports:
    - {port: 5432, protocol: TCP}
  to:
    - podSelector:
        matchLabels: {cnpg.io/cluster: {{ include "ki67.fullname" . }}-database}
{{- end }}
{{- if eq .Values.objects.kind "s3" }}
{{ include "ki67.toOutside" (list . .Values.objects.s3.port) }}
{{- end }}
{{- with .Values.monitoring.traces }}
{{ include "ki67.toOutside" (list $ (include "ki67.portOf" .)) }}
{{- end }}
{{- end }}

{{/* torchserve, operator -> archives that are fetched */}}
{{- define "ki67.toArchives" -}}
{{- if .Values.torchserve.archives }}
{{ include "ki67.toOutside" (list . 443 .Values.objects.s3.port) }}
{{- end }}
{{- end }}

{{/* Prometheus -> metrics on a port: (list . 8082) */}}
{{- define "ki67.fromPrometheus" -}}
{{- $root := first . -}}
{{- if $root.Values.monitoring.serviceMonitors.enabled }}
- ports:
    - {port: {{ last . }}, protocol: TCP}
  from: {{ toYaml $root.Values.network.prometheus | nindent 4 }}
{{- end }}
{{- end }}
