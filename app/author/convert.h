/* casysd story import and export: Twee 3 to casys-story/1 and back (app/author/twee.h). Findings go
 * to standard error, and with a mistake among them nothing is written. */
#ifndef CASYS_AUTHOR_CONVERT_H
#define CASYS_AUTHOR_CONVERT_H

#include "app/author/options.h"

/* Each gives the exit code of app/author/author.h. One file; "-" is standard input. */
int convert_import(const struct options *options);
int convert_export(const struct options *options);

#endif
