{{/* What gateway, worker and migrations share: settings, secrets as files, the volume. */}}

{{- define "ki67.usesVolume" -}}
{{- if or (eq .Values.database.kind "sqlite") (eq .Values.objects.kind "volume") }}yes{{ end -}}
{{- end }}

{{- define "ki67.gateway.environment" -}}
{{- $secrets := "/run/secrets/ki67" -}}
{{- $env := dict
  "GATEWAY_ENVIRONMENT" "production"
  "GATEWAY_HOST" "0.0.0.0"
  "GATEWAY_PORT" "8000"
  "GATEWAY_PROCESSES" .Values.gateway.processes
  "GATEWAY_THREADS" .Values.gateway.threads
  "GATEWAY_WORKER_THREADS" .Values.worker.threads
  "GATEWAY_LOG_LEVEL" .Values.gateway.logLevel
  "GATEWAY_TRUSTED_PROXIES" .Values.gateway.trustedProxies
  "GATEWAY_TORCHSERVE_URL" (include "ki67.torchserve.url" .)
  "GATEWAY_TORCHSERVE_KEEPALIVE_SECONDS" "0"
  "GATEWAY_MODEL_VERSION" (first .Values.torchserve.versions)
  "GATEWAY_KNOWN_VERSIONS" (join "," .Values.torchserve.versions)
  "GATEWAY_SECRET_FILE" (printf "%s/gateway-secret" $secrets)
  "GATEWAY_MAILER" .Values.mail.kind
  "GATEWAY_MAIL_FROM" .Values.mail.from
  "KI67_VAR" "/var/lib/ki67"
-}}
{{- with .Values.gateway.publicUrl }}{{ $_ := set $env "GATEWAY_PUBLIC_URL" . }}{{ end -}}
{{- with .Values.monitoring.traces }}{{ $_ := set $env "GATEWAY_OTLP_ENDPOINT" . }}{{ end -}}
{{- if ne .Values.database.kind "sqlite" }}{{ $_ := set $env "GATEWAY_DATABASE_URL_FILE" (printf "%s/database-url" $secrets) }}{{ end -}}
{{- if eq .Values.objects.kind "s3" -}}
  {{- $_ := set $env "GATEWAY_OBJECTS_URL" .Values.objects.s3.url -}}
  {{- with .Values.objects.s3.endpoint }}{{ $_ := set $env "GATEWAY_S3_ENDPOINT" . }}{{ end -}}
  {{- with .Values.objects.s3.region }}{{ $_ := set $env "GATEWAY_S3_REGION" . }}{{ end -}}
  {{- if .Values.objects.s3.secret }}{{ $_ := set $env "GATEWAY_S3_SECRET_ACCESS_KEY_FILE" (printf "%s/s3-secret-access-key" $secrets) }}{{ end -}}
{{- end -}}
{{- if eq .Values.mail.kind "smtp" -}}
  {{- $_ := set $env "GATEWAY_SMTP_HOST" .Values.mail.smtp.host -}}
  {{- $_ := set $env "GATEWAY_SMTP_PORT" .Values.mail.smtp.port -}}
  {{- $_ := set $env "GATEWAY_SMTP_SECURITY" .Values.mail.smtp.security -}}
  {{- with .Values.mail.smtp.user }}{{ $_ := set $env "GATEWAY_SMTP_USER" . }}{{ end -}}
  {{- if .Values.mail.smtp.secret }}{{ $_ := set $env "GATEWAY_SMTP_PASSWORD_FILE" (printf "%s/smtp-password" $secrets) }}{{ end -}}
{{- end -}}
{{- if .Values.oidc.issuer -}}
  {{- $_ := set $env "GATEWAY_OIDC_ISSUER" .Values.oidc.issuer -}}
  {{- $_ := set $env "GATEWAY_OIDC_CLIENT_ID" .Values.oidc.clientId -}}
  {{- with .Values.oidc.organisation }}{{ $_ := set $env "GATEWAY_OIDC_ORGANISATION" . }}{{ end -}}
  {{- if .Values.oidc.secret }}{{ $_ := set $env "GATEWAY_OIDC_CLIENT_SECRET_FILE" (printf "%s/oidc-client-secret" $secrets) }}{{ end -}}
{{- end -}}
{{- if eq (include "ki67.component" .) "worker" }}{{ $_ := set $env "GATEWAY_WORKER_METRICS_PORT" "9100" }}{{ end -}}
{{- include "ki67.environment" (merge (deepCopy .Values.gateway.settings) $env) }}
{{- if and (eq .Values.objects.kind "s3") .Values.objects.s3.secret }}
- name: GATEWAY_S3_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ .Values.objects.s3.secret }}, key: access-key-id}}
{{- end }}
{{- end }}

{{- define "ki67.gateway.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: var, mountPath: /var/lib/ki67}
- {name: secrets, mountPath: /run/secrets/ki67, readOnly: true}
{{- end }}

{{- define "ki67.gateway.volumes" -}}
- {name: tmp, emptyDir: {}}
- name: var
  {{- if include "ki67.usesVolume" . }}
  persistentVolumeClaim: {claimName: {{ include "ki67.claim" . }}}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: secrets
  projected:
    defaultMode: 0440
    sources: {{ include "ki67.gateway.secrets" . | nindent 6 }}
{{- end }}

{{- define "ki67.gateway.secrets" -}}
{{- $keys := list "gateway-secret" -}}
{{- if eq (include "ki67.component" .) "migrations" }}{{ $keys = list "gateway-secret" "operator-key" "check-key" }}{{ end -}}
- secret:
    name: {{ include "ki67.secret" . }}
    items:
      {{- range $keys }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- if eq .Values.database.kind "external" }}
- secret:
    name: {{ .Values.database.external.secret }}
    items: [{key: {{ .Values.database.external.key }}, path: database-url}]
{{- else if eq .Values.database.kind "cloudnativepg" }}
- secret:
    name: {{ include "ki67.fullname" . }}-database-app
    items: [{key: uri, path: database-url}]
{{- end }}
{{- if and (eq .Values.objects.kind "s3") .Values.objects.s3.secret }}
- secret:
    name: {{ .Values.objects.s3.secret }}
    items: [{key: secret-access-key, path: s3-secret-access-key}]
{{- end }}
{{- if and (eq .Values.mail.kind "smtp") .Values.mail.smtp.secret }}
- secret:
    name: {{ .Values.mail.smtp.secret }}
    items: [{key: password, path: smtp-password}]
{{- end }}
{{- if and .Values.oidc.issuer .Values.oidc.secret }}
- secret:
    name: {{ .Values.oidc.secret }}
    items: [{key: client-secret, path: oidc-client-secret}]
{{- end }}
{{- end }}

{{/* Pods that share a volume of one node find each other there. */}}
{{- define "ki67.gateway.volumeLabel" -}}
{{- if include "ki67.usesVolume" . }}
ki67/volume: {{ include "ki67.claim" . }}
{{- end }}
{{- end }}

{{- define "ki67.gateway.affinity" -}}
{{- if and (include "ki67.usesVolume" .) (eq .Values.persistence.accessMode "ReadWriteOnce") }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {ki67/volume: {{ include "ki67.claim" . }}}
{{- end }}
{{- end }}
