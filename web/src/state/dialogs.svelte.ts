// Which dialogs are open, the topmost last: only that one can be used.
class Dialogs {
  #open = $state.raw<string[]>([]);

  get any() {
    return this.#open.length > 0;
  }

  isTop = (id: string) => this.#open.at(-1) === id;

  /** Counts a dialog as open, until the function that it gives is called. */
  add(id: string): () => void {
    this.#open = [...this.#open, id];
    return () => (this.#open = this.#open.filter((o) => o !== id));
  }
}

export const dialogs = new Dialogs();
