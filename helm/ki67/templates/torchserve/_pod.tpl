{{/* Archives that are not in the image: fetched, and refused where their SHA-256 differs. */}}

{{- define "ki67.archives.fetching" -}}
{{- with .Values.torchserve.archives }}
initContainers:
  - name: archives
    {{- include "ki67.image" (list $ $.Values.torchserve.image) | nindent 4 }}
    {{- include "ki67.container" $ | nindent 4 }}
    command:
      - python
      - -m
      - model_store.fetch
      - --into
      - /archives
      - --baked
      {{- range . }}
      - {{ printf "%s=%s#sha256=%s" .version .url .sha256 | quote }}
      {{- end }}
    {{- with $.Values.objects.s3 }}
    env:
      {{- with .endpoint }}
      - {name: AWS_ENDPOINT_URL, value: {{ . | quote }}}
      - {name: AWS_ALLOW_HTTP, value: {{ hasPrefix "http://" . | quote }}}
      {{- end }}
      {{- with .region }}
      - {name: AWS_REGION, value: {{ . | quote }}}
      {{- end }}
      {{- with .secret }}
      - {name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: {{ . }}, key: access-key-id}}}
      - {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: {{ . }}, key: secret-access-key}}}
      {{- end }}
    {{- end }}
    resources:
      requests: {cpu: 50m, memory: 128Mi}
      limits: {memory: 512Mi}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
      - {name: archives, mountPath: /archives}
      {{- if $.Values.torchserve.archivesClaim }}
      - {name: source, mountPath: /source, readOnly: true}
      {{- end }}
{{- end }}
{{- end }}

{{- define "ki67.torchserve.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: var, mountPath: /var/lib/ki67}
- {name: operator, mountPath: /run/secrets/ki67, readOnly: true}
{{- if .Values.torchserve.archives }}
- {name: archives, mountPath: /archives, readOnly: true}
{{- end }}
{{- end }}

{{- define "ki67.torchserve.volumes" -}}
- {name: tmp, emptyDir: {}}
- {name: var, emptyDir: {}}
- name: operator
  secret:
    secretName: {{ include "ki67.secret" . }}
    defaultMode: 0440
    items: [{key: operator-key, path: operator-key}]
{{- if .Values.torchserve.archives }}
- {name: archives, emptyDir: {}}
{{- with .Values.torchserve.archivesClaim }}
- name: source
  persistentVolumeClaim: {claimName: {{ . }}, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{- define "ki67.torchserve.environment" -}}
{{- $env := dict
  "KI67_VAR" "/var/lib/ki67"
  "KI67_VERSIONS" (join "," .Values.torchserve.versions)
  "KI67_GATEWAY_URL" (include "ki67.gateway.url" .)
  "KI67_OPERATOR_KEY_FILE" "/run/secrets/ki67/operator-key"
-}}
{{- if .Values.torchserve.archives }}{{ $_ := set $env "KI67_ARCHIVES" "/archives" }}{{ end -}}
{{- if eq (include "ki67.component" .) "torchserve" -}}
  {{- $_ := set $env "KI67_BIND" "0.0.0.0" -}}
  {{- $_ := set $env "KI67_TOKENS" "off" -}}
  {{- $_ := set $env "KI67_DRAIN_S" .Values.torchserve.drainSeconds -}}
{{- else -}}
  {{- $_ := set $env "KI67_TORCHSERVE_HEADLESS" (include "ki67.torchserve.pods" .) -}}
{{- end -}}
{{- include "ki67.environment" $env }}
{{- end }}
