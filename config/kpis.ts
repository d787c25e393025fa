import { z } from 'zod';
import { number, structure, whole } from './fields.js';

const hours = (description: string): z.ZodNumber => number(0.1, 10_000, description);

/** `kpis`: thresholds of the metric views. Their names in `juliu.kpi_settings` are these in snake_case. */
export const kpis = z.strictObject({
  consignDelay: hours('Hours from payment after which an order that is not dispatched is an exception').default(48),
  fakeConsign: hours(
    'Hours from dispatch after which a parcel without a carrier’s scan counts as dispatched on paper',
  ).default(24),
  pickupStop: hours('Hours without an event after pick-up that make a parcel stuck').default(24),
  transportStop: hours('Hours without an event on the way that make a parcel stuck').default(48),
  deliveryStop: hours(
    'Hours without an event in the destination city or out for delivery that make a parcel stuck',
  ).default(24),
  nearTimeout: hours('A parcel this many hours before one of these limits is shown as about to pass it').default(6),
  shipHours: hours(
    'Hours from payment within which an order has to be shipped (rate of orders shipped in time)',
  ).default(48),
  pickupHours: hours(
    'Hours from dispatch within which a parcel has to be picked up (rate of parcels picked up in time)',
  ).default(24),
  minCohort: whole(1, 1_000_000, 'Groups with fewer units than this are marked small').default(30),
  silenceFactor: number(1, 1_000, 'A seller is silent when no message came for so many times the usual gap').default(5),
  silenceMinMinutes: number(1, 100_000, '… and for at least this many minutes').default(30),
  jumpFactor: number(
    1,
    1_000,
    'Bad reviews or refunds of an item jumped after an edit when there are so many times more',
  ).default(2),
  jumpMin: whole(1, 1_000_000, '… and at least this many').default(3),
  jumpDays: whole(1, 365, 'Days before and after an edit that are compared').default(7),
  keywordDays: whole(1, 365, 'Days in which complaints are counted, and compared with as many days before').default(7),
  keywordMin: whole(1, 1_000_000, 'A keyword is unusual when at least so many reviews of these days say it').default(3),
  keywordZ: number(
    0,
    1_000,
    '… and it stands out by so many standard deviations; 3 shows less, and what it shows is surer',
  ).default(2),
});

/** Thresholds by their name in `juliu.kpi_settings`. */
export function kpiSettings(settings: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(settings).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

const seller = z.union([
  z.string().trim().min(1, 'give a nick or an id'),
  z
    .number()
    .int('give a nick or an id, ids above 9007199254740991 in quotes')
    .positive('give a nick or an id')
    .transform(String),
]);

/** `sellerGroups`: sellers by group, for numbers by group of users. */
export const sellerGroups = structure(
  z.record(z.string().trim().min(1, 'give the group a name'), z.array(seller, 'give a list of nicks and ids'), {
    error: 'write a section with a list of nicks or ids for each group',
  }),
  'Groups of sellers by name, each a list of nicks or ids, such as {big: [旗舰店, 725677994]}; in the environment as JSON',
);
