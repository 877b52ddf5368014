/**
 * On a narrow screen the stage becomes a strip above the text while one reads: its place in the text stays as high as it
 * was, so that nothing moves.
 */

/**
 * @param {HTMLElement} place holds the stage
 * @param {HTMLElement} stage
 */
export function connectStrip(place, stage) {
  // Where the text is so large that a strip would be half of the screen, there is none.
  const narrow = matchMedia(
    "(min-width: 14rem) and (max-width: 60rem) and (orientation: portrait), (min-width: 14rem) and (max-width: 43rem)",
  );
  /** @type {IntersectionObserver | null} */
  let observer = null;
  /** @param {boolean} on */
  const turn = (on) => {
    if (stage.classList.contains("strip") === on) return;
    const { height } = place.getBoundingClientRect();
    // Taken out and put in anew, what has moved is not the same boxes in other places.
    stage.hidden = true;
    stage.classList.toggle("strip", on);
    place.style.minHeight = on ? `${height}px` : "";
    document.documentElement.classList.toggle("has-strip", on);
    void stage.offsetHeight;
    stage.hidden = false;
  };
  const watch = () => {
    observer?.disconnect();
    turn(false);
    if (!narrow.matches) return;
    // The strip is at most so high; where less than that of the place is left to be seen, it comes.
    observer = new IntersectionObserver(
      ([entry]) => {
        turn(entry.boundingClientRect.bottom < 0.42 * innerHeight);
      },
      { threshold: Array.from({ length: 21 }, (_, k) => k / 20) },
    );
    observer.observe(place);
  };
  narrow.addEventListener("change", watch);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a browser's bars come and go while one scrolls
    width = innerWidth;
    watch();
  });
  watch();
}
