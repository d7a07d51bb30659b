// What the tabs of one browser tell each other of their uploads: what another tab runs, or has paused, is not interrupted.
type Word = { kind: 'who' | 'left' } | { kind: 'has'; places: string[] };
type Heard = { has: (places: string[]) => void; left: () => void };

export class Tabs {
  #channel = new BroadcastChannel('hive.uploads');

  /** mine: where the uploads of this tab are. */
  constructor(mine: () => string[], heard: Heard) {
    this.#channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data.kind === 'who') this.tell(mine());
      else if (data.kind === 'has') heard.has(data.places);
      else heard.left();
    };
    addEventListener('pagehide', () => mine().length && this.#say({ kind: 'left' }));
  }

  /** Has the others tell what they have. */
  ask = () => this.#say({ kind: 'who' });

  tell(places: string[]) {
    if (places.length) this.#say({ kind: 'has', places });
  }

  #say(word: Word) {
    this.#channel.postMessage(word);
  }
}
