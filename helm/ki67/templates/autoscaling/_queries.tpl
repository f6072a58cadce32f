{{/* What is scaled on, as Prometheus is asked: nothing asked is 0, not "no data", or nothing ever scaled down. */}}

{{- define "ki67.query.backlog" -}}
max(gateway_analyses{job="{{ include "ki67.fullname" . }}-gateway",namespace="{{ .Release.Namespace }}",status="queued"})
{{- end }}

{{/* Both are counters: seconds waited in a time, over requests in that time. */}}
{{- define "ki67.query.queue" -}}
{{- $of := printf "{job=\"%s-torchserve-pods\",namespace=\"%s\"}" (include "ki67.fullname" .) .Release.Namespace -}}
sum(rate(ts_queue_latency_microseconds{{ $of }}[2m])) / clamp_min(sum(rate(ts_inference_requests_total{{ $of }}[2m])), 0.01) / 1e6
{{- end }}
