/** Sizes of the embedded engine. All in bytes; the defaults suit a machine with 2 cores and 4 GB. */
export interface EngineSizes {
  /** Cap of everything the engine allocates (`max_server_memory_usage`); above it queries fail with code 241. */
  readonly maxMemoryBytes?: number;
  /** Cache of index marks. The engine's own default is 5 GB, which never gives memory back. */
  readonly markCacheBytes?: number;
  /** Cache of decompressed blocks; 0 = off. Reads of juliu rarely repeat a block. */
  readonly uncompressedCacheBytes?: number;
  /** Threads that merge parts. */
  readonly mergeThreads?: number;
}

const MiB = 1024 * 1024;

/** Command-line entries for the first session of the process; later ones share the engine it starts. */
export function engineArguments(sizes: EngineSizes = {}): string[] {
  const marks = sizes.markCacheBytes ?? 64 * MiB;
  const threads = sizes.mergeThreads ?? 2;
  const args = {
    mark_cache_size: marks,
    // Siblings of the mark cache, each 5 GB by default.
    primary_index_cache_size: marks,
    index_mark_cache_size: Math.ceil(marks / 8),
    vector_similarity_index_cache_size: 0,
    query_condition_cache_size: 8 * MiB,
    compiled_expression_cache_size: 32 * MiB,
    uncompressed_cache_size: sizes.uncompressedCacheBytes ?? 0,
    background_pool_size: threads,
    // As many merges and mutations may be under way as on a server. They share the threads, so it costs no CPU; with fewer
    // a mutation of many parts waits most of its time for a place, which is looked for only now and then.
    background_merges_mutations_concurrency_ratio: Math.ceil(32 / threads),
    ...(sizes.maxMemoryBytes === undefined
      ? {}
      : {
          max_server_memory_usage: sizes.maxMemoryBytes,
          // No further one begins while those under way take that much.
          merges_mutations_memory_usage_soft_limit: Math.floor(sizes.maxMemoryBytes / 4),
        }),
  };
  return Object.entries(args).map(([key, value]) => `--${key}=${value}`);
}
