/* ui-checks.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-checks.h"

#include <math.h>

#define LEAST_CONTRAST 4.5

/* Rounding, and the bearing of glyphs. */
#define SLACK 1.5

typedef struct
{
  const char *name;      /* of the view */
  GtkWidget  *window;
  GPtrArray  *labels;    /* of GtkWidget: mapped, with text */
  guchar     *pixels;    /* (owned) (nullable): of the window, BGRA */
  int         width, height;
  double      dx, dy;    /* of the window's widget in the picture: its shadow */
} View;

static GPtrArray *allowed; /* (owned) of strings */

/* --- Reporting --------------------------------------------------------------- */

static G_GNUC_PRINTF (3, 4) void
complain (View *view, GtkWidget *widget, const char *format, ...)
{
  g_autofree char *what = NULL, *text = ui_dup_text (widget);
  const char *id = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_test_message ("%s: %s%s%s %s%s%s: %s", view->name, G_OBJECT_TYPE_NAME (widget), id ? " " : "",
                  id ? id : "", text ? "“" : "", text ? text : "", text ? "”" : "", what);
  g_test_fail ();
}

void
ui_checks_allow_ellipsis (const char *text)
{
  if (allowed == NULL)
    allowed = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (allowed, g_strdup (text));
}

static gboolean
is_allowed (const char *text)
{
  for (guint i = 0; allowed != NULL && i < allowed->len; i++)
    if (g_str_has_prefix (text, g_ptr_array_index (allowed, i)))
      return TRUE;
  return FALSE;
}

/* --- Geometry ---------------------------------------------------------------- */

static gboolean
bounds_of (View *view, GtkWidget *widget, graphene_rect_t *bounds)
{
  return gtk_widget_compute_bounds (widget, view->window, bounds);
}

/* What of it is in sight: what holds it may scroll or cut. */
static gboolean
visible_bounds_of (View *view, GtkWidget *widget, graphene_rect_t *bounds)
{
  graphene_rect_t whole;

  if (!bounds_of (view, widget, bounds))
    return FALSE;
  whole = *bounds;
  for (GtkWidget *above = gtk_widget_get_parent (widget); above != NULL;
       above = gtk_widget_get_parent (above))
    {
      graphene_rect_t frame;

      if (gtk_widget_get_overflow (above) == GTK_OVERFLOW_HIDDEN
          && bounds_of (view, above, &frame)
          && !graphene_rect_intersection (bounds, &frame, bounds))
        return FALSE;
      if (GTK_IS_NATIVE (above))
        break;
    }
  return bounds->size.width > 2 && bounds->size.height > whole.size.height * 0.6f;
}

/* What scrolls may be larger than what it is in; what slides may be outside. */
static gboolean
may_overflow (GtkWidget *parent)
{
  return GTK_IS_VIEWPORT (parent) || GTK_IS_SCROLLABLE (parent) || GTK_IS_POPOVER (parent)
         || gtk_widget_get_overflow (parent) == GTK_OVERFLOW_HIDDEN || GTK_IS_TEXT (parent)
         || GTK_IS_RANGE (parent) || ADW_IS_LEAFLET (parent) || GTK_IS_STACK (parent);
}

static void
check_within (View *view, GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);
  graphene_rect_t ours, theirs;

  if (parent == NULL || may_overflow (parent) || GTK_IS_NATIVE (widget)
      || !bounds_of (view, widget, &ours) || !bounds_of (view, parent, &theirs)
      || ours.size.width < 1 || ours.size.height < 1)
    return;
  graphene_rect_inset (&theirs, (float) -SLACK - 1, (float) -SLACK - 1);
  if (!graphene_rect_contains_rect (&theirs, &ours) && GTK_IS_LABEL (widget))
    complain (view, widget, "sticks out of its %s", G_OBJECT_TYPE_NAME (parent));
}

/* Measures are with margins, what is allocated is without. */
static void
check_size (View *view, GtkWidget *widget)
{
  int width = gtk_widget_get_allocated_width (widget) + gtk_widget_get_margin_start (widget)
              + gtk_widget_get_margin_end (widget);
  int height = gtk_widget_get_allocated_height (widget) + gtk_widget_get_margin_top (widget)
               + gtk_widget_get_margin_bottom (widget);
  int least;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  if (width < least)
    complain (view, widget, "%d wide, needs %d", width, least);
  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, MAX (width, least), &least, NULL, NULL,
                      NULL);
  if (height < least)
    complain (view, widget, "%d high, needs %d", height, least);
}

/* An entry row has its title twice, and draws one. */
static gboolean
is_drawn (GtkWidget *widget)
{
  if (g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), "empty_title") == 0
      && ui_above (widget, ADW_TYPE_ENTRY_ROW) != NULL)
    return FALSE;
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (gtk_widget_get_opacity (widget) < 0.01)
      return FALSE;
  return TRUE;
}

static void
check_label (View *view, GtkLabel *label)
{
  PangoLayout *layout = gtk_label_get_layout (label);
  const char *text = gtk_label_get_text (label);

  if (*text == '\0' || gtk_widget_get_width (GTK_WIDGET (label)) < 1
      || !is_drawn (GTK_WIDGET (label)))
    return;
  if (pango_layout_is_ellipsized (layout) && !is_allowed (text))
    complain (view, GTK_WIDGET (label), "is cut off at %d",
              gtk_widget_get_width (GTK_WIDGET (label)));
  g_ptr_array_add (view->labels, label);
}

/* It is as large as it was once asked to be, whatever it says now. */
static void
check_inscription (View *view, GtkInscription *inscription)
{
  GtkWidget *widget = GTK_WIDGET (inscription);
  g_autoptr (PangoLayout) layout
    = gtk_widget_create_pango_layout (widget, gtk_inscription_get_text (inscription));
  int height;

  if (*pango_layout_get_text (layout) == '\0' || gtk_widget_get_width (widget) < 1)
    return;
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width (layout, (gtk_widget_get_width (widget) + 1) * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, NULL, &height);
  if (height > gtk_widget_get_height (widget) + SLACK)
    complain (view, widget, "is cut off at %d × %d", gtk_widget_get_width (widget),
              gtk_widget_get_height (widget));
  g_ptr_array_add (view->labels, inscription);
}

/* Of two texts in one place, one cannot be read. */
static void
check_overlaps (View *view)
{
  for (guint i = 0; i < view->labels->len; i++)
    for (guint j = i + 1; j < view->labels->len; j++)
      {
        GtkWidget *one = g_ptr_array_index (view->labels, i);
        GtkWidget *other = g_ptr_array_index (view->labels, j);
        g_autofree char *text = ui_dup_text (other);
        graphene_rect_t first, second, common;

        if (gtk_widget_get_native (one) != gtk_widget_get_native (other)
            || !visible_bounds_of (view, one, &first)
            || !visible_bounds_of (view, other, &second)
            || !graphene_rect_intersection (&first, &second, &common)
            || common.size.width <= 2 * SLACK || common.size.height <= 2 * SLACK)
          continue;
        complain (view, one, "lies over “%s”", text);
      }
}

/* --- Names ------------------------------------------------------------------- */

static gboolean
has_text_within (GtkWidget *widget)
{
  g_autofree char *text = ui_dup_text (widget);

  if (text != NULL && *text != '\0')
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child) && has_text_within (child))
      return TRUE;
  return FALSE;
}

static gboolean
is_control (GtkWidget *widget)
{
  return GTK_IS_BUTTON (widget) || GTK_IS_SWITCH (widget) || GTK_IS_ENTRY (widget)
         || GTK_IS_SPIN_BUTTON (widget) || GTK_IS_SCALE (widget) || GTK_IS_DROP_DOWN (widget)
         || GTK_IS_PROGRESS_BAR (widget) || GTK_IS_TEXT_VIEW (widget);
}

/* Inside, a menu button is a button again; rows name what is in them. What
 * libadwaita makes itself is its own affair. */
static gboolean
is_named_by_parent (GtkWidget *widget)
{
  if (g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), "search_button") == 0
      && ui_above (widget, ADW_TYPE_PREFERENCES_WINDOW) != NULL)
    return TRUE;
  for (GtkWidget *above = gtk_widget_get_parent (widget); above != NULL;
       above = gtk_widget_get_parent (above))
    if (GTK_IS_MENU_BUTTON (above) || ADW_IS_SPLIT_BUTTON (above) || ADW_IS_ACTION_ROW (above)
        || ADW_IS_EXPANDER_ROW (above) || GTK_IS_SPIN_BUTTON (above) || GTK_IS_DROP_DOWN (above)
        || GTK_IS_WINDOW_CONTROLS (above) || ADW_IS_ENTRY_ROW (above))
      return TRUE;
  return FALSE;
}

static void
check_name (View *view, GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  if ((!is_control (widget) && !GTK_IS_MENU_BUTTON (widget)) || is_named_by_parent (widget)
      || has_text_within (widget)
      || gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
      || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY))
    return;
  complain (view, widget, "has no accessible name");
}

/* --- Contrast ---------------------------------------------------------------- */

static double
linear (guchar byte)
{
  double c = byte / 255.0;

  return c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4);
}

/* Relative luminance, as WCAG defines it; @pixel: BGRA. */
static double
luminance (const guchar *pixel)
{
  return 0.2126 * linear (pixel[2]) + 0.7152 * linear (pixel[1]) + 0.0722 * linear (pixel[0]);
}

static double
contrast (double one, double other)
{
  return (MAX (one, other) + 0.05) / (MIN (one, other) + 0.05);
}

/* What most of a label's pixels are is its background; what differs most from
 * that, its ink: strokes have at least a pixel of full colour. */
static double
contrast_in (View *view, int x, int y, int width, int height)
{
  guint counts[256] = { 0 };
  guint most = 0;
  double background = 0, best = 1;

  for (int pass = 0; pass < 2; pass++)
    for (int row = y; row < y + height; row++)
      for (int column = x; column < x + width; column++)
        {
          double shade = luminance (view->pixels + 4 * ((gsize) row * (gsize) view->width
                                                        + (gsize) column));
          guint bin = (guint) (shade * 255);

          if (pass == 1)
            best = MAX (best, contrast (shade, background));
          else if (++counts[bin] > most)
            {
              most = counts[bin];
              background = shade;
            }
        }
  return best;
}

static void
check_contrast (View *view, GtkWidget *label)
{
  graphene_rect_t bounds;
  double found;
  int x, y, width, height;

  /* What is disabled may be faint; initials only decorate a name. */
  if (!gtk_widget_is_sensitive (label) || ui_above (label, ADW_TYPE_AVATAR) != NULL
      || gtk_widget_get_native (label) != GTK_NATIVE (view->window)
      || !visible_bounds_of (view, label, &bounds))
    return;
  x = (int) (bounds.origin.x + view->dx);
  y = (int) (bounds.origin.y + view->dy);
  width = (int) bounds.size.width;
  height = (int) bounds.size.height;
  if (x < 0 || y < 0 || width < 3 || height < 6 || x + width > view->width
      || y + height > view->height)
    return; /* scrolled out of sight */
  found = contrast_in (view, x, y, width, height);
  /* All of one colour: something lies over it, or scrolled it away. */
  if (found > 1.05 && found < LEAST_CONTRAST)
    complain (view, label, "stands out by %.2f only", found);
}

static void
take_pixels (View *view)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (view->window);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  view->width = gdk_paintable_get_intrinsic_width (paintable);
  view->height = gdk_paintable_get_intrinsic_height (paintable);
  gdk_paintable_snapshot (paintable, snapshot, view->width, view->height);
  node = gtk_snapshot_to_node (snapshot);
  if (node == NULL)
    return;
  texture = gsk_renderer_render_texture (
    gtk_native_get_renderer (GTK_NATIVE (view->window)), node,
    &GRAPHENE_RECT_INIT (0, 0, (float) view->width, (float) view->height));
  view->pixels = g_malloc ((gsize) view->width * (gsize) view->height * 4);
  gdk_texture_download (texture, view->pixels, (gsize) view->width * 4);
  view->dx = (view->width - gtk_widget_get_width (view->window)) / 2.0;
  view->dy = (view->height - gtk_widget_get_height (view->window)) / 2.0;
}

/* --- Width ------------------------------------------------------------------- */

static int
least_width (GtkWidget *widget)
{
  int least = 0;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

void
ui_check_least_width (GtkWidget *window, const char *name, int width)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  int border = gdk_surface_get_width (surface) - gtk_widget_get_width (window);
  View view = { .name = name, .window = window };
  GtkWidget *widest = window;

  if (least_width (window) - border <= width)
    return;
  /* Down to the last that alone takes nearly all of it. */
  for (GtkWidget *next = window; next != NULL;)
    {
      widest = next;
      next = NULL;
      for (GtkWidget *child = gtk_widget_get_first_child (widest); child != NULL;
           child = gtk_widget_get_next_sibling (child))
        if (gtk_widget_get_visible (child) && !GTK_IS_NATIVE (child)
            && least_width (child) > (next != NULL ? least_width (next) : width * 0.8))
          next = child;
    }
  complain (&view, window, "needs %d, not %d", least_width (window) - border, width);
  complain (&view, widest, "needs %d of it", least_width (widest));
}

/* --- All of it --------------------------------------------------------------- */

static void
look (View *view, GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget) || !gtk_widget_get_child_visible (widget))
    return;
  check_name (view, widget);
  check_within (view, widget);
  if (GTK_IS_LABEL (widget))
    check_label (view, GTK_LABEL (widget));
  else if (GTK_IS_INSCRIPTION (widget))
    check_inscription (view, GTK_INSCRIPTION (widget));
  if (!GTK_IS_NATIVE (widget) && !GTK_IS_SCROLLBAR (widget) && !GTK_IS_SCROLLABLE (widget)
      && gtk_widget_get_allocated_width (widget) > 0)
    check_size (view, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    look (view, child);
}

void
ui_check_view (UiFixture *ui, GtkWidget *window, const char *name)
{
  View view = { .name = name, .window = window != NULL ? window : GTK_WIDGET (ui->window) };

  view.labels = g_ptr_array_new ();
  look (&view, view.window);
  check_overlaps (&view);
  take_pixels (&view);
  for (guint i = 0; view.pixels != NULL && i < view.labels->len; i++)
    check_contrast (&view, g_ptr_array_index (view.labels, i));
  g_ptr_array_unref (view.labels);
  g_free (view.pixels);
  ui_picture (ui, view.window, name);
}
