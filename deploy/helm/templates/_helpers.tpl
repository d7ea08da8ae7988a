{{- define "themewire.name" -}}
{{- if contains "themewire" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-themewire" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "themewire.selector" -}}
app.kubernetes.io/name: themewire
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "themewire.labels" -}}
{{ include "themewire.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "themewire.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* HOST:PORT,HOST:PORT of the brokers. */}}
{{- define "themewire.brokers" -}}
{{- .Values.settings.stream.url | trimPrefix "kafka://" -}}
{{- end -}}

{{/* What is before the names of topics and consumer groups. */}}
{{- define "themewire.prefix" -}}
{{- dig "kafka" "prefix" "" .Values.settings -}}
{{- end -}}

{{/* A setting's variable; as JSON where it is no text, so that 15728640 does not become 1.572864e+07. */}}
{{- define "themewire.environment" -}}
{{- range $section, $names := .Values.settings }}
{{- range $name, $value := $names }}
THEMEWIRE_{{ upper $section }}__{{ upper $name }}: {{ kindIs "string" $value | ternary $value (toJson $value) | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What is mounted for a role, by the setting's name: what is not known here goes to all roles. */}}
{{- define "themewire.secretsOf" -}}
{{- $users := dict "web.token" (list "web") "web.links_secret" (list "web" "deliver") -}}
{{- range list "mail.password" "mail.ca_file" "deliver.ca_file" -}}
{{- $_ := set $users . (list "deliver") -}}
{{- end -}}
{{- $mine := dict -}}
{{- range $setting, $reference := .secrets -}}
{{- if has $.role (get $users $setting | default (list $.role)) -}}
{{- $_ := set $mine $setting $reference -}}
{{- end -}}
{{- end -}}
{{- toJson $mine -}}
{{- end -}}

{{/* By what a role is scaled: none, cpu or lag. */}}
{{- define "themewire.scaledBy" -}}
{{- if .autoscaling -}}{{ .autoscaling.by }}{{- else -}}none{{- end -}}
{{- end -}}
