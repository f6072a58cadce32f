{{/* Values that are fine each and do not go together. */}}

{{- define "ki67.refusals" -}}
{{- if and (eq .Values.database.kind "sqlite") (eq .Values.persistence.accessMode "ReadWriteMany") }}
{{- fail "persistence.accessMode: SQLite needs ReadWriteOnce, as its pods share memory on one node" }}
{{- end }}
{{- if and (eq .Values.database.kind "external") (empty .Values.database.external.secret) }}
{{- fail "database.external.secret: name the Secret with the database's address" }}
{{- end }}
{{- if and (eq .Values.objects.kind "s3") (empty .Values.objects.s3.url) }}
{{- fail "objects.s3.url: name the bucket, s3://BUCKET/PREFIX" }}
{{- end }}
{{- if and (eq .Values.mail.kind "smtp") (or (empty .Values.mail.smtp.host) (empty .Values.gateway.publicUrl)) }}
{{- fail "mail.smtp.host and gateway.publicUrl: messages need a server, and links in them an address" }}
{{- end }}
{{- if and .Values.oidc.issuer (empty .Values.gateway.publicUrl) }}
{{- fail "gateway.publicUrl: the OpenID provider sends people back there" }}
{{- end }}
{{- if and .Values.gateway.route.enabled (empty .Values.gateway.route.parentRefs) }}
{{- fail "gateway.route.parentRefs: name the Gateway that the route belongs to" }}
{{- end }}
{{- end }}
