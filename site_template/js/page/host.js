/**
 * What a page has for what comes later than its first view, and how that connects: the one place that says so.
 *
 * A chapter of the walk or a panel of the lab that has a script of its own is one function, `connect<Name>(page)` or
 * `create<Name>(page)`, in a module of its own, which is given one frozen object: this `Host`, and what the walk (`WalkPage`
 * in walk/chapters) or the lab (`Page` in panels/panels) has beside. It finds its elements by their ids, adds its views to
 * the frame, and keeps its state to itself. On the walk its line is in the table of walk.js, by the id of the chapter: it
 * comes when that is nearly in view. In the lab its line is in the table of lab.js, by the id of the panel, which `PANELS`
 * in page/state names, too, so that links can unfold it: it comes when that is unfolded.
 */

/** @import { Drawing } from "draw/drawing" */
/** @import { Kernel } from "network/engine" */
/** @import { Models } from "network/model" */
/** @import { Frame } from "page/frame" */
/** @import { Say, Site } from "page/site" */

/**
 * @typedef {object} Host
 * @property {Site} site
 * @property {Say} say
 * @property {Drawing} drawing
 * @property {Frame} frame
 * @property {Models} models
 * @property {() => Promise<Kernel>} getKernel
 * @property {(sentence: string) => void} announce says it to those who listen
 */

export {};
