import type { MemoryBroker } from './memory-broker.js';
import { openRemoting, type OpenRemoting, type RemotingSettings } from './open-remoting.js';

export type MemberSettings = Partial<Omit<RemotingSettings, 'connect' | 'topics'>>;

/** Opens a member of group `g` that reads the topic of a broker in memory; whoever opens it closes it. */
export function openMember(broker: MemoryBroker, name: string, settings: MemberSettings = {}): Promise<OpenRemoting> {
  return openRemoting({
    topics: [broker.topic],
    group: 'g',
    connect: (handlers) => broker.client(name, handlers),
    ...settings,
  });
}
