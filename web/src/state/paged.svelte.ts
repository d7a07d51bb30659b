// A list that comes a page at a time.
export class Paged<T> {
  items = $state.raw<T[]>();
  next = $state<string>();
  #run = 0; // counts the first pages

  constructor(private readonly ask: (after?: string) => Promise<{ items: T[]; next?: string }>) {}

  /** Reads the first page. What was asked for before comes too late. */
  load = () => this.#read(++this.#run);

  /** Reads the next page. */
  more = () => this.#read(this.#run, this.next);

  clear() {
    this.#run++;
    this.items = this.next = undefined;
  }

  async #read(run: number, after?: string) {
    const wanted = () => run === this.#run && (after === undefined || after === this.next); // and did not come already
    try {
      const page = await this.ask(after);
      if (!wanted()) return;
      this.items = after ? this.items!.concat(page.items) : page.items;
      this.next = page.next;
    } catch (err) {
      if (wanted()) throw err;
    }
  }
}
