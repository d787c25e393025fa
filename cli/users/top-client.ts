import type { Config } from '../../config/load.js';
import { JuliuError } from '../../errors/juliu-error.js';
import { TopClient, type TopClientOptions } from '../../ingest/subscription/client.js';

/**
 * What calls need of the configuration.
 * @throws JuliuError TOP_NOT_CONFIGURED
 */
export function topOptions({ top }: Config): TopClientOptions {
  const { appKey, appSecret, gateway, signMethod, timeout } = top;
  if (appKey === undefined) {
    throw missing('top.appKey', 'set it in the configuration file or as JULIU_TOP_APP_KEY');
  }
  if (appSecret === undefined || appSecret.reveal() === '') {
    throw missing('top.appSecret', 'set top.appSecretFile, or JULIU_TOP_APP_SECRET in the environment');
  }
  return { appKey, appSecret, gateway, signMethod, timeoutMs: timeout };
}

/** @throws JuliuError TOP_NOT_CONFIGURED */
export function topClient(config: Config, more: Partial<TopClientOptions> = {}): TopClient {
  return new TopClient({ ...topOptions(config), ...more });
}

function missing(key: string, cure: string): JuliuError {
  return new JuliuError('TOP_NOT_CONFIGURED', { key, cure });
}
