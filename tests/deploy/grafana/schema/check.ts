// What the JSON of a dashboard is checked against: Grafana's own types, with the options of each kind of panel.
import {
  AnnotationQuery, Dashboard, FieldConfig, FieldConfigSource, Panel, VariableModel,
} from "@grafana/schema/dist/types/raw/dashboard/x/types.gen";
import { FieldConfig as HeatField, Options as HeatOptions } from "@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen";
import { Options as StatOptions } from "@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen";
import { FieldConfig as LinesField, Options as LinesOptions } from "@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen";

interface Config<Custom> {
  defaults: Omit<FieldConfig, "custom"> & { custom?: Custom };
  overrides: FieldConfigSource["overrides"];
}
interface Of<Kind extends string, Options, Custom> extends Omit<Panel, "type" | "options" | "fieldConfig"> {
  type: Kind;
  options: Options;
  fieldConfig: Config<Custom>;
}
// the fields that annotations of the Prometheus data source have beside those of all
interface Mark extends AnnotationQuery {
  expr: string;
  step: string;
  textFormat: string;
  titleFormat: string;
  useValueForTime?: boolean;
}
// the SDK writes what only interval variables have into all
interface Variable extends VariableModel {
  auto?: boolean;
  auto_count?: number;
  auto_min?: string;
}
export interface Checked extends Omit<Dashboard, "panels" | "annotations" | "templating"> {
  panels: Array<Of<"stat", StatOptions, {}> | Of<"timeseries", LinesOptions, LinesField> | Of<"heatmap", HeatOptions, HeatField>>;
  annotations: { list: Mark[] };
  templating: { list: Variable[] };
}
