{{- define "idv.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "idv.selector" -}}
app.kubernetes.io/name: idv-streams
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: worker
{{- end }}

{{- define "idv.labels" -}}
{{ include "idv.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "idv.gatewaySelector" -}}
app.kubernetes.io/name: idv-streams
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "idv.gatewayLabels" -}}
{{ include "idv.gatewaySelector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "idv.consoleSelector" -}}
app.kubernetes.io/name: idv-streams
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: console
{{- end }}

{{- define "idv.consoleLabels" -}}
{{ include "idv.consoleSelector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* Settings that a running worker adopts or does not need; the others need a restart. */ -}}
{{- define "idv.restarting" -}}
{{ omit .Values.settings "rules" "links" "distance" "known" "gateway" "console" | toJson | sha256sum }}
{{- end }}

{{- /* Not empty where the registry asks for a password, or has a certificate of its own. */ -}}
{{- define "idv.registryPassword" -}}
{{- with .Values.schemaRegistry }}{{ if and .url .username }}yes{{ end }}{{ end -}}
{{- end }}

{{- define "idv.registryCa" -}}
{{- with .Values.schemaRegistry }}{{ if and .url .caSecret.name }}yes{{ end }}{{ end -}}
{{- end }}

{{- /* Labels and namespace of what Strimzi's operators watch. */ -}}
{{- define "idv.strimzi" -}}
namespace: {{ .Values.strimzi.namespace | default .Release.Namespace }}
labels:
  strimzi.io/cluster: {{ required "strimzi.cluster: the name of the Kafka resource" .Values.strimzi.cluster }}
  {{- include "idv.labels" . | nindent 2 }}
{{- end }}
