/** The kernel of a page: begun when it is first wanted, and anew when it is wanted again after it could not be had. */

import { createKernel } from "network/kernel";

/** @import { Kernel } from "network/engine" */

/**
 * @param {{root: string, kernel: Record<string, {file: string}>}} site
 * @param {(kernel: Kernel) => void} [started] told once, before anyone has it
 * @returns {() => Promise<Kernel>}
 */
export function kernelOf({ root, kernel: { simd, relaxed } }, started = () => {}) {
  /** @type {Promise<Kernel> | null} */
  let kernel = null;
  const start = async () => {
    const made = await createKernel({ simd: root + simd.file, relaxed: root + relaxed.file });
    started(made);
    return made;
  };
  return () => {
    kernel ??= start().catch((error) => {
      kernel = null;
      throw error;
    });
    return kernel;
  };
}
