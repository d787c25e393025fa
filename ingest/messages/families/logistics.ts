import { type Cell, EMPTY_TEXT } from '../column-kinds.js';
import { column, columns, derived, type Family, topic } from '../family.js';
import { asWire, trimBlanks } from '../wire-text.js';

/** Logistics (淘宝物流): traces of parcels, and the newer topics about parcels in trouble. */
export const logistics: Family = {
  name: 'logistics',
  table: 'logistics_traces',
  key: 'tid',
  topics: [
    topic('taobao_logistics_Accept', 'accepted', '物流揽收', { sets: { stage: 'picked_up' } }),
    topic('taobao_logistics_ExceptionConfigChange', 'warning_config_changed', '物流管理-包裹中心-预警配置变更消息', {
      repeats: true,
    }),
    topic('taobao_logistics_LogsticDetailTrace', 'traced', '物流详情跟踪消息'),
    topic('taobao_logistics_PackageExceptionCreate', 'exception_created', '物流管理-包裹中心-异常创建消息'),
    topic('taobao_logistics_PackageExceptionOff', 'exception_resolved', '物流管理-包裹中心-异常核销消息'),
    topic('taobao_logistics_UnTaobaoLogstic', 'external', '非淘物流消息'),
  ],
  columns: [
    column('tid', 'id'),
    column('out_sid', 'code', 'out_sid', 'mail_no'),
    ...columns('text', 'company_name', 'cp_code'),
    column('action', 'text', 'action', 'status_code'),
    derived('stage', EMPTY_TEXT, ['action'], stage),
    column('action_time', 'time', 'time', 'occur_time', 'create_time'),
    column('description', 'text', 'desc', 'logistics_detail_description'),
    ...columns('text', 'seller_open_uid', 'excep_id', 'exception_type', 'exception_code', 'sub_exception_code'),
    column('detail_type', 'text'),
    column('compensate_amount', 'money'),
    ...columns('text', 'over_time', 'msg_id'),
    ...columns('document', 'trade_details', 'mail_details'),
    column('note', 'text', 'content'),
    ...columns('text', 'collected_stop_warn_value', 'consign_delay_warn_value', 'consign_fake_warn_value'),
    ...columns('text', 'deliverying_stop_warn_value', 'transporting_stop_warn_value'),
  ],
  businessKey: {
    of: ['tid', 'out_sid', 'excep_id', 'msg_id'],
    at: ['action', 'action_time'],
    hashed: ['description'],
    states: [],
  },
};

/** The documented actions (物流状态), and those seen beyond the documentation in carriers' TMS vocabulary. */
const STAGES: ReadonlyMap<string, Cell> = new Map(
  Object.entries({
    created: 'CREATE',
    consigned: 'CONSIGN',
    picked_up: 'GOT ACCEPT TMS_ACCEPT',
    arrived: 'ARRIVAL TMS_STATION_IN',
    departed: 'DEPARTURE TMS_STATION_OUT',
    destination_city: 'SENT_CITY',
    out_for_delivery: 'SENT_SCAN TMS_DELIVERING',
    signed: 'SIGNED',
    failed: 'FAILED TMS_FAILED',
    rejected: 'TMS_REJECT',
    returned: 'TMS_RETURN',
    lost: 'LOST',
    handed_over: 'TO_EMS',
    exception: 'TMS_ERROR',
    other: 'OTHER TMS_PAY',
  }).flatMap(([name, actions]) => actions.split(' ').map((action) => [`"${action}"`, asWire(`"${name}"`)] as const)),
);
const SIGNED = asWire('"signed"');
const OTHER = asWire('"other"');

/** The stage of an action. `action` is an open enumeration: every `*_SIGN` is a sign, the unknown is `other`. */
function stage([action]: readonly (Cell | undefined)[]): Cell | undefined {
  if (action === undefined || action === EMPTY_TEXT) return undefined;
  const known = STAGES.get(action);
  if (known !== undefined) return known;
  const upper = trimBlanks(action.slice(1, -1)).toUpperCase();
  return STAGES.get(`"${upper}"`) ?? (upper === 'SIGN' || upper.endsWith('_SIGN') ? SIGNED : OTHER);
}
