import type { MartJob } from '../job.js';

/** From the compiled file, the folder of the package. */
const folder = new URL('../../../transforms/parcels/', import.meta.url);

export const parcelsJob: MartJob = {
  name: 'parcels',
  description: 'Parcels with the milestones of their orders: parcel_facts',
  inputs: [
    'juliu_store.logistics_traces',
    'juliu_store.trade_events',
    'juliu_store.refund_events',
    'juliu_store.order_dimensions',
  ],
  reads: ['order_facts'],
  output: 'parcel_facts',
  dirty: new URL('dirty.sql', folder),
  recompute: new URL('recompute.sql', folder),
  touched: {
    key: ['tid', 'out_sid'],
    state: 'juliu_store.parcels_state',
    statement: new URL('touched.sql', folder),
    byFirstDay: true,
  },
};
