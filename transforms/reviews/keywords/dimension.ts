/** First level of what buyers complain about (抱怨维度), in the order reports list it. */
export const DIMENSIONS = [
  'product',
  'match',
  'authenticity',
  'packaging',
  'logistics',
  'service',
  'price',
  'overall',
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

export function isDimension(name: string): name is Dimension {
  return (DIMENSIONS as readonly string[]).includes(name);
}
