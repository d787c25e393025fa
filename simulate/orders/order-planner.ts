import { Agenda } from '../life-cycle.js';
import { at, hash32, Random, Stream } from '../random.js';
import { wire } from '../wire-text.js';
import { buyer, BUYERS } from '../world/buyers.js';
import { MOST_LINES, type World } from '../world/world.js';
import { STAPLES, type Item, type Seller } from '../world/shops.js';
import { FATES, type Draft, type Fate } from './draft.js';
import { planFenxiao, type FenxiaoSteps } from './fenxiao-planner.js';
import { Order, type OrderLine, type PaymentForm } from './order.js';
import { planCourse } from './order-course.js';

const TYPES: readonly string[] = ['guarantee_trade', 'fixed', 'ec', 'cod', 'auction'];
const MEMOS: readonly string[] = [
  '客户要求发顺丰，运费补差',
  '尽快发，急用',
  '已电话确认地址，电话13800002345',
  '送小礼物一份',
  '要求改颜色，已和客户沟通',
  '老客户 "VIP" 优先发',
  '微信 wx_demo_0002 已加，补差价5元',
  '周末送货',
].map(wire);
const agenda = new Agenda();
const random = new Random(0, Stream.orders);

/** Plans the whole life of order `number`, created at `createdAt` (epoch ms). */
export function planOrder(world: World, number: number, createdAt: number): Order {
  random.restart(world.seed, Stream.orders, number);
  const seller = at(world.shops.sellers, world.shops.bySize.index(random.unit()));
  const person = buyer(world.seed, Math.floor(BUYERS * random.unit() * random.unit()));
  const presale = random.chance(0.035);
  const promoted = world.shape.isPromotion(createdAt);
  const lineCount = drawLineCount();
  const ownOid = random.chance(0.1);
  const feeChanged = random.chance(0.035);
  const postFee = random.chance(0.1) ? random.whole(5, 12) * 100 : 0;
  const lines = drawLines(world, number, seller, lineCount, ownOid, postFee, feeChanged, promoted);
  const perLine = lineCount > 1 && random.chance(0.78);
  const form: PaymentForm =
    lineCount === 1 ? 'single' : !perLine || random.chance(seller.tradePayments) ? 'trade' : 'line';
  const draft: Draft = {
    world,
    random,
    agenda,
    number,
    createdAt,
    seller,
    lines,
    perLine,
    announces: perLine && random.chance(0.3),
    congestion: world.shape.congestion(createdAt),
    parcels: [],
    refunds: [],
    reviews: [],
  };
  const fate = drawFate(seller.trouble);
  const fenxiao: FenxiaoSteps | undefined = random.chance(0.07) ? planFenxiao(draft) : undefined;
  const closeReason = planCourse(draft, fate, presale, feeChanged, fenxiao);
  return new Order(createdAt, agenda.take(), {
    number,
    seller,
    buyer: person,
    tid: world.tradeId(number, 0),
    type: presale
      ? 'step'
      : fenxiao !== undefined
        ? 'fenxiao'
        : random.chance(0.9)
          ? 'guarantee_trade'
          : random.pick(TYPES),
    lines,
    form,
    perLine,
    postFee,
    presale,
    promoted,
    memo: random.pick(MEMOS),
    flag: random.whole(0, 5),
    variety: hash32(world.seed, Stream.wire, number),
    parcels: draft.parcels,
    refunds: draft.refunds,
    reviews: draft.reviews,
    fenxiao: fenxiao?.facts,
    closeReason,
  });
}

function drawLineCount(): number {
  const unit = random.unit();
  return unit < 0.72 ? 1 : unit < 0.89 ? 2 : unit < 0.96 ? 3 : random.whole(4, MOST_LINES);
}

function drawLines(
  world: World,
  number: number,
  seller: Seller,
  count: number,
  ownOid: boolean,
  postFee: number,
  feeChanged: boolean,
  promoted: boolean,
): OrderLine[] {
  const lines: OrderLine[] = [];
  for (let index = 0; index < count; index += 1) {
    const item = popularItem(seller);
    const sku = random.pick(item.skus);
    const num = random.chance(0.88) ? 1 : random.whole(2, 5);
    const discount = (promoted ? 0.75 : 1) * (random.chance(0.3) ? random.between(0.8, 0.99) : 1);
    // The postage is part of the first line's payment, so that lines always add up to the trade.
    const listed = Math.round(sku.price * num * discount) + (index === 0 ? postFee : 0);
    const slot = count > 1 ? index + 1 : ownOid ? MOST_LINES + 1 : 0;
    lines.push({
      oid: world.tradeId(number, slot),
      item,
      sku,
      num,
      listed,
      payment: feeChanged && index === 0 ? Math.max(1, listed - random.whole(1, 5) * 100) : listed,
    });
  }
  return lines;
}

/** Few items sell most. The staples are never sold out or deleted, so that orders can rely on them. */
function popularItem(seller: Seller): Item {
  const rank = random.unit();
  return at(seller.items, Math.floor(STAPLES * rank * rank));
}

function drawFate(trouble: number): Fate {
  let unit = random.unit();
  const weights = [
    0.11,
    0.03 * trouble,
    0.012 * trouble,
    0.016 * trouble,
    0.01 * trouble,
    0.028 * trouble,
    0.022 * trouble,
  ];
  for (const [index, weight] of weights.entries()) {
    if (unit < weight) return at(FATES, index + 1);
    unit -= weight;
  }
  return 'usual';
}
