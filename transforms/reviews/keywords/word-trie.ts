/** Where every walk begins; as the result of a step it means that no word goes on that way. */
export const ROOT = 0;

/**
 * A set of words to be walked along a text one UTF-16 unit at a time, so that no part of the text has to be cut out and
 * hashed to be looked up. Nodes are small integers; what is known of the word that ends at a node is kept beside the trie.
 */
export class WordTrie {
  /** Children of the root by unit, the step that is made most. */
  readonly #first = new Int32Array(0x10000);
  /** The other edges as a hash table with open addressing: (node, unit) → child. */
  #nodes = new Int32Array(1 << 12);
  #units = new Uint16Array(1 << 12);
  #children = new Int32Array(1 << 12);
  #edges = 0;
  #count = 1;

  /** Nodes in use, the root included. */
  get size(): number {
    return this.#count;
  }

  /** @returns the node of a word, made when it is new */
  add(word: string): number {
    let node = ROOT;
    for (let at = 0; at < word.length; at += 1)
      node = this.step(node, word.charCodeAt(at)) || this.#grow(node, word.charCodeAt(at));
    return node;
  }

  /** @returns the node one unit further, ROOT when there is none */
  step(node: number, unit: number): number {
    if (node === ROOT) return this.#first[unit] ?? ROOT;
    return this.#children[this.#slot(node, unit)] ?? ROOT;
  }

  /** @returns the node that `text.slice(start, end)` leads to, ROOT when there is none */
  walk(text: string, start: number, end: number): number {
    let node = this.#first[text.charCodeAt(start)] ?? ROOT;
    for (let at = start + 1; at < end && node !== ROOT; at += 1) node = this.step(node, text.charCodeAt(at));
    return node;
  }

  #grow(node: number, unit: number): number {
    const child = this.#count++;
    if (node === ROOT) this.#first[unit] = child;
    else {
      if ((this.#edges += 1) * 2 > this.#children.length) this.#enlarge();
      this.#put(node, unit, child);
    }
    return child;
  }

  #put(node: number, unit: number, child: number): void {
    const slot = this.#slot(node, unit);
    this.#nodes[slot] = node;
    this.#units[slot] = unit;
    this.#children[slot] = child;
  }

  /** Where an edge is, or where it would be put. */
  #slot(node: number, unit: number): number {
    const last = this.#children.length - 1;
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) >>> 7;
    for (slot &= last; this.#children[slot] !== 0; slot = (slot + 1) & last) {
      if (this.#nodes[slot] === node && this.#units[slot] === unit) break;
    }
    return slot;
  }

  #enlarge(): void {
    const [nodes, units, children] = [this.#nodes, this.#units, this.#children];
    this.#nodes = new Int32Array(nodes.length * 2);
    this.#units = new Uint16Array(nodes.length * 2);
    this.#children = new Int32Array(nodes.length * 2);
    for (const [slot, child] of children.entries())
      if (child !== 0) this.#put(nodes[slot] ?? 0, units[slot] ?? 0, child);
  }
}
