{{- define "karbonica.image" -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- end }}

{{- define "karbonica.selector" -}}
app.kubernetes.io/name: karbonica
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "karbonica.labels" -}}
{{ include "karbonica.selector" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* What API or worker reads: settings as text, secrets by reference; its own go before the common ones. */}}
{{- define "karbonica.environment" -}}
{{- $settings := merge (dict) (.own.settings | default dict) .root.Values.settings }}
{{- $secrets := merge (dict) (.own.secrets | default dict) .root.Values.secrets }}
{{- include "karbonica.variables" (dict "settings" $settings "secrets" $secrets) }}
{{- end }}

{{- define "karbonica.variables" -}}
{{- $settings := .settings }}
{{- $secrets := .secrets }}
{{- range $name, $value := $settings }}
{{- if not (hasKey $secrets $name) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $from := $secrets }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef: {name: {{ $from.name | quote }}, key: {{ $from.key | quote }}}
{{- end }}
{{- end }}

{{- define "karbonica.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "karbonica.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "karbonica.placement" -}}
{{- if ne .part "migrations" }}
serviceAccountName: {{ .root.Release.Name }}
{{- end }}
# Nothing of the registry talks to Kubernetes.
automountServiceAccountToken: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
# One machine less is then never all of them.
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "karbonica.selector" . | nindent 8 }}
{{- end }}
