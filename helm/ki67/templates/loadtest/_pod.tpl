{{/* What the pod that counts and those that send share: (list . "workers"). */}}

{{- define "ki67.loadtest.pod" -}}
{{- $root := first . -}}
metadata:
  labels: {{ include "ki67.pods" $root | nindent 4 }}
    ki67/role: {{ last . }}
spec:
  {{- include "ki67.pod" $root | nindent 2 }}
{{- end }}

{{- define "ki67.loadtest.container" -}}
{{- include "ki67.image" (list . .Values.loadtest.image) }}
{{ include "ki67.container" . }}
resources: {{ toYaml .Values.loadtest.resources | nindent 2 }}
{{- end }}
