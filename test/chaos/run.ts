import { chaos } from './chaos.ts';

/** `npm run chaos -- --seed 7 --kills 40 [--messages 400000]`: exit 1 when anything was lost, came twice, or differs. */
const flag = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};

const result = await chaos({
  seed: flag('seed', Date.now() % 1e6), kills: flag('kills', 40), messages: flag('messages', 400_000), life: flag('life', 1500),
  brokerShare: flag('broker-share', 0.2), say: (line) => console.error(line),
});
const { golden, chaotic, workerKills, brokerKills, lost, duplicates, seconds } = result;
const same = golden.sha256 === chaotic.sha256 && golden.count === chaotic.count;
console.log(JSON.stringify({
  seed: flag('seed', 0), workerKills, brokerKills, outputs: chaotic.count, wanted: golden.count, lost, duplicates, same,
  sha256: chaotic.sha256, seconds: Math.round(seconds),
}));
process.exit(same && lost === 0 && duplicates === 0 ? 0 : 1);
