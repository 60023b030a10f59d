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

{{- /* What services beside the workers share. Each takes (dict "root" $ "service" "gateway"); its
values are under the service's name. */ -}}
{{- define "idv.serviceName" -}}
{{ include "idv.name" .root }}-{{ .service }}
{{- end }}

{{- define "idv.serviceSelector" -}}
app.kubernetes.io/name: idv-streams
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}

{{- define "idv.serviceLabels" -}}
{{ include "idv.serviceSelector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "idv.podMetadata" -}}
labels:
  {{- include "idv.serviceLabels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}{{ toYaml . | nindent 2 }}{{ end }}
annotations:
  idv-streams/settings: {{ .root.Values.settings | toJson | sha256sum }}
  {{- with .root.Values.podAnnotations }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}

{{- define "idv.podRestrictions" -}}
serviceAccountName: {{ include "idv.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 45
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "idv.serviceSelector" . | nindent 8 }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "idv.container" -}}
name: {{ .service }}
image: {{ printf "%s:%s" .root.Values.image.repository (.root.Values.image.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .service }}]
startupProbe:
  httpGet: {path: /live, port: metrics}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: {path: /live, port: metrics}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /ready, port: metrics}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources: {{- toYaml (index .root.Values .service).resources | nindent 2 }}
{{- end }}

{{- define "idv.kafkaEnv" -}}
{{- $kafka := (index .root.Values .service).kafka -}}
- {name: IDV_PROFILE, value: production}
- {name: IDV_CONFIG, value: /etc/idv/settings/idv.toml}
- {name: IDV_METRICS_HOST, value: 0.0.0.0}
- {name: IDV_METRICS_PORT, value: "9464"}
- {name: IDV_LOG_FORMAT, value: json}
- {name: IDV_BOOTSTRAP_SERVERS, value: {{ .root.Values.kafka.bootstrapServers | quote }}}
- {name: IDV_SECURITY_PROTOCOL, value: {{ .root.Values.kafka.securityProtocol }}}
{{- if hasPrefix "SASL" .root.Values.kafka.securityProtocol }}
- {name: IDV_SASL_MECHANISM, value: {{ .root.Values.kafka.saslMechanism }}}
- {name: IDV_SASL_USERNAME, value: {{ $kafka.username | quote }}}
- {name: IDV_SASL_PASSWORD_FILE, value: /etc/idv/password/value}
{{- end }}
{{- if .root.Values.kafka.caSecret.name }}
- {name: IDV_SSL_CA_FILE, value: /etc/idv/ca/ca.crt}
{{- end }}
{{- if $kafka.certificateSecret.name }}
- {name: IDV_SSL_CERTIFICATE_FILE, value: /etc/idv/certificate/tls.crt}
- {name: IDV_SSL_KEY_FILE, value: /etc/idv/certificate/tls.key}
{{- end }}
{{- end }}

{{- define "idv.kafkaMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: settings, mountPath: /etc/idv/settings, readOnly: true}
{{- if hasPrefix "SASL" .root.Values.kafka.securityProtocol }}
- {name: password, mountPath: /etc/idv/password, readOnly: true}
{{- end }}
{{- if .root.Values.kafka.caSecret.name }}
- {name: ca, mountPath: /etc/idv/ca, readOnly: true}
{{- end }}
{{- if (index .root.Values .service).kafka.certificateSecret.name }}
- {name: certificate, mountPath: /etc/idv/certificate, readOnly: true}
{{- end }}
{{- end }}

{{- define "idv.kafkaVolumes" -}}
{{- $kafka := (index .root.Values .service).kafka -}}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
- name: settings
  configMap: {name: {{ include "idv.name" .root }}}
{{- if hasPrefix "SASL" .root.Values.kafka.securityProtocol }}
- name: password
  secret:
    secretName: {{ required (printf "%s.kafka.passwordSecret.name: where the password is" .service) $kafka.passwordSecret.name }}
    defaultMode: 0440
    items: [{key: {{ $kafka.passwordSecret.key }}, path: value}]
{{- end }}
{{- with .root.Values.kafka.caSecret }}
{{- if .name }}
- name: ca
  secret:
    secretName: {{ .name }}
    items: [{key: {{ .key }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- with $kafka.certificateSecret }}
{{- if .name }}
- name: certificate
  secret:
    secretName: {{ .name }}
    defaultMode: 0440
    items:
      - {key: {{ .certificateKey }}, path: tls.crt}
      - {key: {{ .keyKey }}, path: tls.key}
{{- end }}
{{- end }}
{{- end }}

{{- define "idv.metricsIngress" -}}
- ports: [{port: metrics, protocol: TCP}]
  from:
    {{- if .Values.networkPolicy.scrapers }}
    {{- toYaml .Values.networkPolicy.scrapers | nindent 4 }}
    {{- else }}
    - namespaceSelector: {}
    {{- end }}
{{- end }}

{{- define "idv.kafkaEgress" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
- ports:
    {{- range .Values.networkPolicy.kafkaPorts }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  {{- with .Values.networkPolicy.kafkaPeers }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "idv.serviceMonitor" -}}
{{- with .root.Values.monitoring.serviceMonitor }}
{{- if .enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "idv.serviceName" $ }}
  labels:
    {{- include "idv.serviceLabels" $ | nindent 4 }}
    {{- with .labels }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  selector:
    matchLabels: {{- include "idv.serviceSelector" $ | nindent 6 }}
  endpoints:
    - port: metrics
      path: /metrics
      interval: {{ .interval }}
      relabelings:
        - {targetLabel: job, replacement: idv-{{ $.service }}}
        - {sourceLabels: [__meta_kubernetes_pod_name], targetLabel: instance}
{{- end }}
{{- end }}
{{- end }}

{{- /* Settings that a running worker adopts or does not need; the others need a restart. */ -}}
{{- define "idv.restarting" -}}
{{ omit .Values.settings "rules" "links" "distance" "known" "gateway" "fetch" "console" | toJson | sha256sum }}
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
