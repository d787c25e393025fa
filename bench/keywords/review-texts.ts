import { Random, Stream } from '../../simulate/random.js';
import { composeReview } from '../../simulate/reviews/composer.js';
import { GOODS } from '../../simulate/world/goods.js';

/** What real reviews of a shop have in the mean. */
const MEAN_LENGTH = 58;

/** Reviews as simulated buyers write them, no two alike, {@link MEAN_LENGTH} UTF-16 units in the mean. */
export function* reviewTexts(seed: number): Generator<string, never, undefined> {
  const random = new Random(seed, Stream.orders);
  let owed = 0;
  for (;;) {
    owed += MEAN_LENGTH;
    let text = '';
    // A sentence more as long as that comes nearer to the mean.
    while (text === '' || text.length + 15 < owed) {
      text += composeReview(random.pick(GOODS), '东西', random.chance(0.2), random).feedback;
    }
    owed -= text.length;
    yield text;
  }
}
