import { openStore, sealed, type StoreKind } from './stores.ts';

/** Writes checkpoints as fast as it can, thins them as a driver would, and says the number of each that is safe. */
const [kind, place, epoch] = process.argv.slice(2);
const store = await openStore(kind as StoreKind, place, Number(epoch));
const [newest] = await store.list();
console.log(`from ${newest ?? 0}`);
for (let n = (newest ?? 0) + 1; ; n++) {
  try {
    await store.put(n, sealed(n, 300_000));
    console.log(`put ${n}`);
    if (n > 3) await store.remove([n - 3]);
  } catch (error) {
    console.log(`refused ${(error as { code?: string }).code ?? String(error)}`);
    if ((error as { code?: string }).code === 'E764') process.exit(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
