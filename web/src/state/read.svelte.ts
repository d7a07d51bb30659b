// Something that a page reads of the hive.
import { attempt } from './toasts.svelte';
import { Turns } from './turns';

export class Read {
  failed = $state(false); // nothing came yet, and the last attempt went wrong
  #came = false;

  constructor(private readonly f: () => Promise<unknown>) {}

  #turns = new Turns(async () => {
    const went = await attempt(this.f);
    this.#came ||= went;
    this.failed = !this.#came;
  });

  /** Reads it, the first time or anew; when that fails the person is told. */
  load = () => this.#turns.ask();
}
