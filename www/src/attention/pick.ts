/** Which of several things is looked at: the one that is pointed at, else the one that was chosen last. */
export interface Pick {
  /** Its number among `count` things. */
  at(count: number): number;
  /** Pointed at; null when the pointer leaves. */
  peek(index: number | null): void;
  keep(index: number): void;
}

/** Creates a choice. `first` is looked at until something is chosen; `changed` is called when another thing is looked at. */
export function createPick(changed: () => void, first: () => number = () => 0): Pick {
  let [kept, peeked] = [null, null] as [number | null, number | null];
  const set = (nextPeeked: number | null, nextKept: number | null): void => {
    if (nextPeeked === peeked && nextKept === kept) return;
    [peeked, kept] = [nextPeeked, nextKept];
    changed();
  };
  return {
    at: (count) => Math.min(peeked ?? kept ?? first(), count - 1),
    peek: (index) => set(index, kept),
    keep: (index) => set(null, index),
  };
}
