{{/* The newest API version that the cluster knows; the older ones are for Kubernetes 1.20 to 1.24. */}}

{{- define "ki67.api.hpa" -}}
{{ ternary "autoscaling/v2" "autoscaling/v2beta2" (.Capabilities.APIVersions.Has "autoscaling/v2") }}
{{- end }}

{{- define "ki67.api.pdb" -}}
{{ ternary "policy/v1" "policy/v1beta1" (.Capabilities.APIVersions.Has "policy/v1") }}
{{- end }}

{{- define "ki67.api.cronjob" -}}
{{/* batch/v1 is older than its CronJob. */}}
{{- ternary "batch/v1" "batch/v1beta1" (semverCompare ">=1.21-0" .Capabilities.KubeVersion.Version) }}
{{- end }}
