/* shoal-commands-diagnosis.h: the command behind “Can't see the other device?”.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-diagnosis.h"
#include "shoal-model.h"

G_BEGIN_DECLS

/* @check: ref to keep. On GTK's thread; not called after @callback. */
typedef void (*ShoalCheckedFunc) (ShoalCheck *check, gpointer user_data);

/* See shoal_engine_diagnose_async(). @device: (nullable): to ask to call back. */
void     shoal_model_diagnose_async  (ShoalModel *self, const char *device, ShoalCheckedFunc func,
                                      gpointer func_data, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
gboolean shoal_model_diagnose_finish (ShoalModel *self, GAsyncResult *result, GError **error);

G_END_DECLS
