// Runs on the first page before anything is loaded: an address that sets the lab up, or speaks of its parts, opens the
// lab. Links of earlier sites, whose one page stood here, go on leading to what they led to.
{
  const follow = () => {
    const query = new URLSearchParams(location.search);
    const hash = location.hash.slice(1);
    const state = !hash.startsWith("chapter=") && new URLSearchParams(hash).has("model");
    if (state || query.has("hide") || query.has("selftest")) location.replace(`lab/${location.search}${location.hash}`);
  };
  follow();
  addEventListener("hashchange", follow);
}
