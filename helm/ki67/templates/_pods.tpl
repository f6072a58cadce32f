{{/* What every pod is: Kubernetes' "restricted" pod security, and a root file system nobody writes to. */}}

{{- define "ki67.pod" -}}
serviceAccountName: {{ include "ki67.fullname" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "ki67.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* An image: (list . .Values.gateway.image). */}}
{{- define "ki67.image" -}}
{{- $image := last . -}}
{{- $tag := default (first .).Chart.AppVersion $image.tag -}}
image: {{ ternary (printf "%s:%s" $image.repository $tag) (printf "%s@%s" $image.repository $image.digest) (empty $image.digest) }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end }}

{{/* Where pods run: .Values.gateway. */}}
{{- define "ki67.placed" -}}
{{- with .nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Over nodes and zones as evenly as can be: (list . "ScheduleAnyway"). */}}
{{- define "ki67.spread" -}}
topologySpreadConstraints:
  {{- $root := first . }}
  {{- $else := last . }}
  {{- range $key, $otherwise := dict "topology.kubernetes.io/zone" $else "kubernetes.io/hostname" "ScheduleAnyway" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: {{ $otherwise }}
    labelSelector:
      matchLabels: {{ include "ki67.pods" $root | nindent 8 }}
  {{- end }}
{{- end }}

{{/* An environment from a mapping; sorted, so that nothing but a change changes it. */}}
{{- define "ki67.environment" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
