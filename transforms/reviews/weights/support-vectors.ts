/** One review as the numbers of its features, each worth `value`. */
export interface Sample {
  readonly features: Int32Array;
  readonly value: number;
  readonly negative: boolean;
}

/** How the weights are found. */
export interface Training {
  /** What an error costs against the size of the weights: more fits the text closer. */
  readonly cost: number;
  /** Passes over all samples. */
  readonly passes: number;
}

/**
 * Linear support vector classification (L2-regularised, squared hinge loss) by dual coordinate descent (Hsieh et al.,
 * 2008). Chosen over logistic regression because it needs only + - × ÷ and √, which IEEE 754 fixes to the last bit:
 * the same samples give the same weights on every machine.
 *
 * @returns one weight a feature, above 0 for negative, and at the end the bias
 */
export function trainWeights(samples: readonly Sample[], size: number, { cost, passes }: Training): Float64Array {
  const weights = new Float64Array(size + 1);
  const duals = new Float64Array(samples.length);
  const softness = 1 / (2 * cost);
  const order = scattered(samples.length);
  for (let pass = 0; pass < passes; pass += 1) {
    for (const index of order) {
      const sample = samples[index];
      if (sample === undefined) continue;
      const { features, value, negative } = sample;
      const sign = negative ? 1 : -1;
      let margin = weights[size] ?? 0;
      for (const feature of features) margin += (weights[feature] ?? 0) * value;
      const dual = duals[index] ?? 0;
      const gradient = sign * margin - 1 + softness * dual;
      const next = Math.max(0, dual - gradient / (features.length * value * value + 1 + softness));
      const step = (next - dual) * sign;
      if (step === 0) continue;
      duals[index] = next;
      for (const feature of features) weights[feature] = (weights[feature] ?? 0) + step * value;
      weights[size] = (weights[size] ?? 0) + step;
    }
  }
  return weights;
}

/** 0 to length - 1, neighbours far apart: the text is sorted by topic, and the descent is slow on sorted samples. */
function scattered(length: number): Int32Array {
  const order = new Int32Array(length);
  let stride = Math.max(1, Math.floor((length * 5) / 8));
  while (greatestDivisor(stride, length) !== 1) stride += 1;
  for (let index = 0, at = 0; index < length; index += 1, at = (at + stride) % length) order[index] = at;
  return order;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
