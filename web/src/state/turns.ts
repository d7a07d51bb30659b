/** Runs f once at a time: who asks while it runs gets another run after it, one for all of them. */
export class Turns {
  #running?: Promise<void>;
  #asked = false;

  constructor(private readonly f: () => Promise<unknown>) {}

  get busy() {
    return this.#running !== undefined;
  }

  /** Is over when f has begun after this, and is done. */
  ask = (): Promise<void> => {
    this.#asked = true;
    return (this.#running ??= this.#run());
  };

  async #run() {
    try {
      while (this.#asked) {
        this.#asked = false;
        await this.f().catch((err) => this.#asked || Promise.reject(err));
      }
    } finally {
      this.#running = undefined;
    }
  }
}
