/** The title of the tab: the progress of a run while there is one, else the view. */

let view = document.title;
let progress: string | null = null;

/** Names the view that is shown. */
export function titleOfView(title: string): void {
  view = title;
  show();
}

/** Shows how far a run is in place of the view; null: no run is on its way. */
export function titleOfRun(title: string | null): void {
  progress = title;
  show();
}

function show(): void {
  const title = progress ?? view;
  if (document.title !== title) document.title = title;
}
