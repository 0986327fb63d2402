/* shoal-file-cell.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-file-cell.h"

/* Widths in characters: at least, and as it likes. */
static const struct { int least, liked; } CHARS[] = {
  [SHOAL_FILE_CELL_NAME] = { 12, 40 },
  [SHOAL_FILE_CELL_SIZE] = { 8, 10 },
  [SHOAL_FILE_CELL_STATE] = { 9, 14 },
};

#define SMALL 0.82 /* what "caption" is of the text above it */
#define DIM 0.7

struct _ShoalFileCell
{
  GtkWidget          parent_instance;

  ShoalFileCellKind  kind;
  ShoalFileItem     *item;   /* (owned) (nullable) */
  gulong             notify; /* of item */
};

G_DEFINE_FINAL_TYPE (ShoalFileCell, shoal_file_cell, GTK_TYPE_WIDGET)

/* --- Drawing ----------------------------------------------------------------- */

/* Returns its height. */
static int
draw_line (ShoalFileCell *self, GtkSnapshot *snapshot, const char *text, double scale, double alpha,
           int y)
{
  GtkWidget *widget = GTK_WIDGET (self);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  PangoAttrList *attributes = pango_attr_list_new ();
  GdkRGBA colour;
  int height;

  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_auto_dir (layout, FALSE);
  pango_layout_set_width (layout, gtk_widget_get_width (widget) * PANGO_SCALE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_alignment (layout, (self->kind == SHOAL_FILE_CELL_SIZE) != rtl
                                        ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
  pango_layout_get_pixel_size (layout, NULL, &height);

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  colour.alpha *= (float) alpha;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (0, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
  return height;
}

static char *
get_text (ShoalFileCell *self, const char *property)
{
  char *text = NULL;

  g_object_get (self->item, property, &text, NULL);
  return text;
}

static void
shoal_file_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ShoalFileCell *self = SHOAL_FILE_CELL (widget);
  int height = gtk_widget_get_height (widget);
  g_autofree char *text = NULL;
  g_autofree char *folder = NULL;
  int line;

  if (self->item == NULL)
    return;

  if (self->kind != SHOAL_FILE_CELL_NAME)
    {
      text = get_text (self, self->kind == SHOAL_FILE_CELL_SIZE ? "size" : "state");
      draw_line (self, snapshot, text, 1, 1, height / 4);
      return;
    }
  text = get_text (self, "name");
  folder = get_text (self, "folder");
  line = draw_line (self, snapshot, text, 1, 1, *folder != '\0' ? 0 : height / 4);
  if (*folder != '\0')
    draw_line (self, snapshot, folder, SMALL, DIM, line);
}

static void
shoal_file_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                         int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  ShoalFileCell *self = SHOAL_FILE_CELL (widget);
  PangoContext *context = gtk_widget_get_pango_context (widget);
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);

  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      double line = pango_font_metrics_get_height (metrics);

      *minimum = *natural = PANGO_PIXELS_CEIL ((int) (line * (1 + SMALL))) + 2;
    }
  else
    {
      int width = MAX (pango_font_metrics_get_approximate_char_width (metrics),
                       pango_font_metrics_get_approximate_digit_width (metrics));

      *minimum = PANGO_PIXELS_CEIL (width * CHARS[self->kind].least);
      *natural = PANGO_PIXELS_CEIL (width * CHARS[self->kind].liked);
    }
  *minimum_baseline = *natural_baseline = -1;
  pango_font_metrics_unref (metrics);
}

/* --- GObject ----------------------------------------------------------------- */

static gboolean
shoal_file_cell_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                               GtkTooltip *tooltip)
{
  ShoalFileCell *self = SHOAL_FILE_CELL (widget);
  g_autofree char *label = NULL;

  if (self->item == NULL)
    return FALSE;
  label = get_text (self, "label");
  gtk_tooltip_set_text (tooltip, label);
  return TRUE;
}

static void
shoal_file_cell_dispose (GObject *object)
{
  shoal_file_cell_set_item (SHOAL_FILE_CELL (object), NULL);

  G_OBJECT_CLASS (shoal_file_cell_parent_class)->dispose (object);
}

static void
shoal_file_cell_class_init (ShoalFileCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_file_cell_dispose;
  widget_class->snapshot = shoal_file_cell_snapshot;
  widget_class->measure = shoal_file_cell_measure;
  widget_class->query_tooltip = shoal_file_cell_query_tooltip;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
  gtk_widget_class_set_css_name (widget_class, "filecell");
}

static void
shoal_file_cell_init (ShoalFileCell *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/* --- Public ------------------------------------------------------------------ */

GtkWidget *
shoal_file_cell_new (ShoalFileCellKind kind)
{
  ShoalFileCell *self = g_object_new (SHOAL_TYPE_FILE_CELL, "has-tooltip",
                                      kind == SHOAL_FILE_CELL_NAME, NULL);

  self->kind = kind;
  return GTK_WIDGET (self);
}

static void
update_label (ShoalFileCell *self)
{
  static const char *const PROPERTIES[] = { "name", "size", "state" };
  g_autofree char *text = get_text (self, PROPERTIES[self->kind]);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
on_notify (ShoalFileCell *self)
{
  update_label (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
shoal_file_cell_set_item (ShoalFileCell *self, ShoalFileItem *item)
{
  g_return_if_fail (SHOAL_IS_FILE_CELL (self));

  if (self->item == item)
    return;
  if (self->item != NULL)
    g_clear_signal_handler (&self->notify, self->item);
  g_set_object (&self->item, item);
  if (item == NULL)
    return;

  /* Nothing else changes in a file. */
  if (self->kind == SHOAL_FILE_CELL_STATE)
    self->notify = g_signal_connect_swapped (item, "notify::state", G_CALLBACK (on_notify), self);
  update_label (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
