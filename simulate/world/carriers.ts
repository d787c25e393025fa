/** How one carrier moves parcels and words its traces. Names are real carriers'; the figures are invented. */
export interface Carrier {
  readonly name: string;
  readonly code: string;
  /** Waybill numbers: letters or digits in front, then this many digits. */
  readonly waybillLead: string;
  readonly waybillDigits: number;
  /** Line haul, km/h between hubs, waiting for a lorry to fill not included. */
  readonly speed: number;
  /** Mean hours a parcel lies at a hub. */
  readonly hubHours: number;
  /** Mean hours from the seller's consignment to the pick-up. */
  readonly pickupHours: number;
  /** Probability that the first delivery attempt fails. */
  readonly attemptFails: number;
  readonly lost: number;
  readonly stuck: number;
  /** Share of parcels left at a pick-up station or locker (STA_SIGN). */
  readonly stationShare: number;
  /** Carriers of Cainiao's consign platform spell their actions TMS_*. */
  readonly tms: boolean;
  /** Mean minutes until a trace is published. */
  readonly delayMinutes: number;
  readonly hubName: string;
  readonly stationName: string;
}

const carrier = (
  name: string,
  code: string,
  waybill: readonly [string, number],
  speed: number,
  hubHours: number,
  pickupHours: number,
  troubles: readonly [attemptFails: number, lost: number, stuck: number],
  stationShare: number,
  delayMinutes: number,
  hubName: string,
  stationName: string,
  tms = false,
): Carrier => ({
  name,
  code,
  waybillLead: waybill[0],
  waybillDigits: waybill[1],
  speed,
  hubHours,
  pickupHours,
  attemptFails: troubles[0],
  lost: troubles[1],
  stuck: troubles[2],
  stationShare,
  tms,
  delayMinutes,
  hubName,
  stationName,
});

export const CARRIERS: readonly Carrier[] = [
  carrier('中通快递', 'ZTO', ['78', 12], 58, 3.5, 4, [0.06, 0.002, 0.008], 0.42, 4, '转运中心', '网点'),
  carrier('圆通速递', 'YTO', ['YT', 13], 54, 4.2, 5, [0.08, 0.004, 0.013], 0.45, 6, '转运中心', '公司'),
  carrier('申通快递', 'STO', ['77', 13], 52, 4.8, 6, [0.09, 0.005, 0.018], 0.47, 7, '分拨中心', '公司'),
  carrier('韵达快递', 'YUNDA', ['46', 13], 53, 4.5, 5, [0.09, 0.004, 0.015], 0.5, 6, '分拨中心', '网点'),
  carrier('顺丰速运', 'SF', ['SF1', 12], 78, 2.2, 1.5, [0.03, 0.0006, 0.003], 0.08, 1, '中转场', '营业点'),
  carrier('极兔速递', 'JTSD', ['JT', 13], 50, 5.2, 7, [0.11, 0.007, 0.022], 0.55, 9, '转运中心', '集散点'),
  carrier('EMS', 'EMS', ['1', 12], 46, 6, 8, [0.06, 0.002, 0.012], 0.2, 20, '邮件处理中心', '揽投部'),
  carrier('德邦快递', 'DBKD', ['DPK', 12], 48, 5.5, 5, [0.05, 0.002, 0.01], 0.05, 8, '枢纽中心', '营业部'),
  carrier('京东快递', 'JD', ['JDV', 12], 70, 2.6, 2, [0.03, 0.0008, 0.004], 0.12, 2, '分拣中心', '营业部', true),
  carrier('丹鸟', 'DANNIAO', ['DN', 13], 60, 3, 3, [0.05, 0.0015, 0.006], 0.15, 3, '分拨中心', '配送站', true),
];
