/* The JSON Schema of casys-story/1 (docs/casys-story-1.schema.json), as it is shipped: a file of the
 * build becomes the source of this function (cmake/embed.cmake). Any thread. */
#ifndef CASYS_STORY_SCHEMA_H
#define CASYS_STORY_SCHEMA_H

#include "app/base/bytes.h"

/* The whole file. Static. */
struct slice story_schema(void);

#endif
