/** Opens a source and closes it; says how that went and has to end by itself. */
import { JuliuError } from '../../../../errors/juliu-error.js';
import { openSource } from './open-source.js';

try {
  const settings = { topics: ['topic'], group: 'GID_group', startMs: 1_500, requestMs: 5_000 };
  const { source } = await openSource({ ...settings, endpoints: process.argv[2] ?? '' });
  await source.close();
  console.log('closed');
} catch (error) {
  console.log(error instanceof JuliuError ? error.code : String(error));
}
