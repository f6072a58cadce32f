{{/* API versions by the cluster's own: Kubernetes 1.20 to 1.24 lack the newer ones, later ones the older. */}}

{{- define "ki67.since" -}}
{{- ternary (index . 2) (index . 3) (semverCompare (printf ">=%s-0" (index . 1)) (first .).Capabilities.KubeVersion.Version) -}}
{{- end }}

{{- define "ki67.api.hpa" -}}
{{ include "ki67.since" (list . "1.23" "autoscaling/v2" "autoscaling/v2beta2") }}
{{- end }}

{{- define "ki67.api.pdb" -}}
{{ include "ki67.since" (list . "1.21" "policy/v1" "policy/v1beta1") }}
{{- end }}

{{- define "ki67.api.cronjob" -}}
{{ include "ki67.since" (list . "1.21" "batch/v1" "batch/v1beta1") }}
{{- end }}
