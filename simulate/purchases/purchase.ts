import { Agenda, code, LifeCycle } from '../life-cycle.js';
import type { BodyWriter } from '../messages/body-writer.js';
import { K } from '../messages/keys.js';
import { FENXIAO, JZFX, type Topic } from '../messages/topics.js';
import { at, Random, Stream } from '../random.js';
import { DAY, HOUR, MINUTE } from '../shanghai-time.js';
import type { PurchaseOrderTruth, TruthLine } from '../truth.js';
import { unwire, yuan } from '../wire-text.js';
import type { Seller } from '../world/shops.js';
import type { World } from '../world/world.js';

interface Step {
  readonly topic: Topic;
  /** Status word of jzfx messages, '' elsewhere. */
  readonly status: string;
}

interface PurchaseFacts {
  readonly model: 'dealer' | 'jzfx';
  readonly id: string;
  readonly reverseId: string;
  readonly tcOrderId: string;
  readonly tcSubOrderId: string;
  readonly supplier: Seller;
  readonly distributor: Seller;
  /** Fen (分). */
  readonly payment: number;
  readonly steps: readonly Step[];
}

const agenda = new Agenda();
const random = new Random(0, Stream.purchases);

/** Plans a purchase order between two shops: dealer (经销) or home decoration (家装分销, jzfx). */
export function planPurchase(world: World, number: number, createdAt: number): Purchase {
  random.restart(world.seed, Stream.purchases, number);
  const { sellers } = world.shops;
  const supplier = at(sellers, random.below(5));
  const distributor = at(sellers, 5 + random.below(sellers.length - 5));
  const steps: Step[] = [];
  let clock = random.between(100, 900);
  const step = (topic: Topic, wait: number, status = ''): void => {
    agenda.add(clock, code(1, steps.length));
    steps.push({ topic, status });
    clock += wait;
  };
  const model = random.chance(0.5) ? 'dealer' : 'jzfx';
  if (model === 'dealer') dealer(step);
  else homeDecoration(step);
  return new Purchase(createdAt, agenda.take(), {
    model,
    id: world.purchaseId(number, 0),
    reverseId: world.purchaseId(number, 1),
    // Consumers' orders of this model belong to shops outside the group.
    tcOrderId: world.purchaseId(number, 2),
    tcSubOrderId: world.purchaseId(number, 3),
    supplier,
    distributor,
    payment: random.whole(200, 90_000) * 100,
    steps,
  });
}

type PlanStep = (topic: Topic, wait: number, status?: string) => void;

function dealer(step: PlanStep): void {
  step(FENXIAO.dealerCreate, random.exponential(3 * HOUR));
  if (random.chance(0.3)) step(FENXIAO.dealerModify, random.exponential(HOUR));
  if (random.chance(0.12)) {
    step(FENXIAO.dealerRefuse, random.exponential(5 * HOUR));
    step(FENXIAO.dealerClose, 0);
    return;
  }
  step(FENXIAO.dealerAgree, random.exponential(8 * HOUR));
  step(FENXIAO.dealerPay, random.between(2, 40) * HOUR);
  step(FENXIAO.dealerShipped, random.between(1, 5) * DAY);
  step(FENXIAO.dealerInstock, random.between(1, 20) * HOUR);
  step(FENXIAO.dealerConfirm, 0);
}

function homeDecoration(step: PlanStep): void {
  step(JZFX.create, random.exponential(20 * MINUTE), 'WAIT_BUYER_PAY');
  if (random.chance(0.15)) {
    step(JZFX.statusModify, 0, 'TRADE_CLOSED');
    return;
  }
  step(JZFX.statusModify, random.between(4, 60) * HOUR, 'WAIT_SELLER_SEND_GOODS');
  step(JZFX.statusModify, random.between(2, 8) * DAY, 'WAIT_BUYER_CONFIRM_GOODS');
  if (random.chance(0.2)) {
    step(JZFX.reverseCreate, random.between(1, 20) * HOUR, 'INIT');
    step(JZFX.reverseStatusModify, random.between(5, 50) * HOUR, 'AGREE');
    step(JZFX.reverseStatusModify, HOUR, 'REFUND');
    step(JZFX.statusModify, 0, 'TRADE_CLOSED');
    return;
  }
  step(JZFX.statusModify, random.between(1, 3) * DAY, 'WAIT_SETTLE');
  step(JZFX.statusModify, 0, 'TRADE_FINISHED');
}

/** The life of a dealer or home-decoration purchase order. */
export class Purchase extends LifeCycle {
  private readonly facts: PurchaseFacts;

  constructor(start: number, plan: readonly number[], facts: PurchaseFacts) {
    super(start, plan);
    this.facts = facts;
  }

  override write(messageCode: number, publishAt: number, writer: BodyWriter): void {
    const { facts } = this;
    const { topic, status } = at(facts.steps, messageCode & 255);
    writer.topic = topic;
    writer.seller = facts.supplier;
    if (facts.model === 'dealer') {
      writer.id(K.fenxiaoId, facts.id);
      writer.text(K.distributorUsername, facts.distributor.nick);
      writer.text(K.supplierUsername, facts.supplier.nick);
      writer.money(K.distributorPayment, facts.payment);
      writer.text(K.tradeType, 'DEALER');
      return;
    }
    const creates = topic === JZFX.create || topic === JZFX.reverseCreate;
    writer.text(K.distributorShopName, facts.distributor.nick);
    writer.time(creates ? K.created : K.modified, Math.floor(publishAt / 1000));
    writer.id(K.purchaseId, facts.id);
    if (topic === JZFX.reverseCreate || topic === JZFX.reverseStatusModify) {
      writer.id(K.purchaseReverseId, facts.reverseId);
    }
    if (!creates) writer.text(K.status, status);
    writer.text(K.supplierShopName, facts.supplier.nick);
    writer.id(K.tcOrderId, facts.tcOrderId);
    writer.id(K.tcSubOrderId, facts.tcSubOrderId);
  }

  override truth(): readonly TruthLine[] {
    const { facts } = this;
    const steps: PurchaseOrderTruth['steps'] = facts.steps.map((step, index) => {
      const place = this.plan.findIndex((_, position) => (this.codeOf(position) & 255) === index);
      return [step.topic.name, this.timeOf(place), place >= this.first && place < this.next, step.status];
    });
    return [
      {
        kind: 'purchase_order',
        model: facts.model,
        fenxiao_id: facts.model === 'dealer' ? facts.id : null,
        purchase_id: facts.model === 'jzfx' ? facts.id : null,
        tc_order_id: facts.model === 'jzfx' ? facts.tcOrderId : null,
        seller_id: facts.supplier.id,
        distributor: unwire(facts.distributor.nick),
        supplier: unwire(facts.supplier.nick),
        payment: facts.model === 'dealer' ? yuan(facts.payment) : null,
        steps,
        messages: this.next - this.first,
      },
    ];
  }
}
