// What a dashboard may be: Grafana's published types (@grafana/schema, and
// grafana-foundation-sdk for queries and units), put together so that a
// dashboard written as a literal is checked to its leaves. A member that the
// types do not know is an error. Types of the traces panel and of Jaeger's
// queries are published nowhere; those two are written here from Grafana's
// documentation.
import type * as schema from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as text from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as series from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as tempo from '@grafana/grafana-foundation-sdk/tempo';
import type * as alerting from '@grafana/grafana-foundation-sdk/alerting';
import type * as expr from '@grafana/grafana-foundation-sdk/expr';
import type * as units from '@grafana/grafana-foundation-sdk/units';

// JSON has the values of an enum, not its names.
type Plain<T> =
    T extends string ? (string extends T ? string : `${T}`) :
    T extends number ? (`${T}` extends `${infer N extends number}` ? N :
        never) :
    T extends (infer E)[] ? Plain<E>[] :
    T extends (...a: never[]) => unknown ? never :
    T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Query<T> = Plain<Omit<T, '_implementsDataqueryVariant' | 'datasource'>>;
type Store<T extends string> = { type: T, uid: string };

type Unit = (typeof units)[keyof typeof units] | `suffix: ${string}`;
type Link = { title: string, url: string, targetBlank: boolean };
type Defaults<Custom> = Plain<Omit<schema.FieldConfig,
        'custom' | 'links' | 'unit' | 'noValue' | 'thresholds'>> & {
    unit: Unit, noValue: string, links: Link[], custom?: Plain<Partial<Custom>>,
    thresholds: { mode: 'absolute',
                  steps: { color: string, value: number | null }[] } };
type Override = { matcher: { id: 'byName', options: string },
                  properties: { id: string, value: unknown }[] };

type Metrics = Query<prometheus.Dataquery> & {
    refId: string, datasource: Store<'prometheus'> };
type Tempo = Query<tempo.Dataquery> & {
    refId: string, datasource: Store<'tempo'>,
    queryType: `${tempo.TempoQueryType}` };
type Jaeger = {
    refId: string, datasource: Store<'jaeger'>, query?: string,
    queryType?: 'search' | 'dependencyGraph', service?: string,
    operation?: string, tags?: string, minDuration?: string,
    maxDuration?: string, limit?: number };
type Target = Metrics | Tempo | Jaeger;

type Base = Plain<Pick<schema.Panel, 'interval'>> & {
    id: number, title: string, description: string,
    gridPos: { h: number, w: number, x: number, y: number },
    datasource?: Store<'prometheus' | 'tempo' | 'jaeger'>,
    transformations?: { id: 'merge' | 'organize' | 'filterFieldsByName',
                        options: Record<string, unknown> }[] };
type With<Options, Custom> = {
    targets: Target[], options: Plain<Options>,
    fieldConfig: { defaults: Defaults<Custom>, overrides: Override[] } };
type Panel =
    | Base & { type: 'stat' } & With<stat.Options, Record<string, never>>
    | Base & { type: 'timeseries' } & With<series.Options, series.FieldConfig>
    | Base & { type: 'table' } & With<table.Options, table.FieldConfig>
    | Base & { type: 'text', options: Plain<text.Options> }
    | Base & { type: 'traces', options: Record<string, never>,
               targets: Target[] };
type Row = { type: 'row', id: number, title: string, collapsed: boolean,
             gridPos: Base['gridPos'], panels: never[] };

type Published = Plain<Omit<schema.Dashboard,
    'panels' | 'templating' | 'annotations'>>;
export type Dashboard = Published & {
    uid: string, title: string, description: string,
    annotations: { list: never[] },
    templating: { list: Plain<schema.VariableModel>[] },
    panels: (Panel | Row)[] };

// As files have it: those of the API with names in place of ids.
type Rule = Pick<alerting.Rule, 'annotations' | 'condition' | 'execErrState' |
        'for' | 'isPaused' | 'labels' | 'noDataState' | 'title'> & {
    uid: string,
    data: ({ refId: string, relativeTimeRange: { from: number, to: number } } &
           ({ datasourceUid: 'reprise-prometheus',
              model: Query<prometheus.Dataquery> } |
            { datasourceUid: '__expr__', model: Query<expr.TypeThreshold> })
          )[] };
export type Alerting = {
    apiVersion: 1,
    groups: { orgId: number, name: string, folder: string, interval: string,
              rules: Rule[] }[] };
