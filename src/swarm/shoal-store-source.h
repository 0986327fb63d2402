/* shoal-store-source.h: a download, in progress or done, as something to serve.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-content-source.h"
#include "shoal-piece-store.h"

G_BEGIN_DECLS

/**
 * shoal_store_source_new:
 * @description: of the store's files; of a draft, its manifest
 *
 * Reads what is verified, and proves what it can: of a file whose leaf hashes
 * are not all here, only what needs none of the others (NOT_FOUND else). Keeps
 * the group roots of files that were asked for (4 KiB a GiB).
 *
 * Returns: (transfer full)
 */
ShoalContentSource *shoal_store_source_new (ShoalRuntime *runtime, ShoalPieceStore *store,
                                            ShoalDescription *description);

G_END_DECLS
