/* shoal-qr.h: a text as a QR code.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalQr:
 *
 * Draws a QR code, dark on light in every theme so that cameras read it, with
 * the quiet zone it needs. Square; an image to assistive technology, labelled by
 * what it is for. GTK thread.
 *
 * Property: text (nullable).
 */
#define SHOAL_TYPE_QR (shoal_qr_get_type ())
G_DECLARE_FINAL_TYPE (ShoalQr, shoal_qr, SHOAL, QR, GtkWidget)

GtkWidget *shoal_qr_new (void);

/* FALSE, drawing nothing, if @text does not fit into a code. */
gboolean   shoal_qr_set_text (ShoalQr *self, const char *text);

/* The modules, row by row, TRUE for dark; @width: how many in a row. For tests
 * and for saving. Returns: (transfer none) (nullable) */
const guint8 *shoal_qr_get_modules (ShoalQr *self, guint *width);

G_END_DECLS
