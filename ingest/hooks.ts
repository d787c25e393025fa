import { channel } from 'node:diagnostics_channel';

/**
 * What the pipeline lets others observe (`diagnostics_channel`); costs nothing while nobody subscribes. Subscribers run
 * synchronously at the moment named, before anything else happens: that is what the crash test builds on.
 */
export const hooks = {
  /** A closed batch begins to be written: {@link BatchEvent}. */
  batchWriting: channel('juliu.ingest.batch.writing'),
  /** One try of an insert starts: {@link InsertEvent}. */
  insertStart: channel('juliu.ingest.insert.start'),
  /** It ended, with or without an error: {@link InsertEvent} with `ok`. */
  insertEnd: channel('juliu.ingest.insert.end'),
  /** Every row of a batch is durably stored; nothing of it is acknowledged yet: {@link BatchEvent}. */
  batchStored: channel('juliu.ingest.batch.stored'),
  /** The batch is acknowledged: {@link BatchEvent}. */
  batchAcked: channel('juliu.ingest.batch.acked'),
} as const;

export interface InsertEvent {
  readonly batchId: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  /** Set at the end. */
  readonly ok?: boolean;
}

export interface BatchEvent {
  readonly batchId: string;
  readonly messages: number;
  /** Tables it has rows of. */
  readonly tables: number;
}
