package edge

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/melissiproject/hive/api/apitype"
)

// replaceHumaErrors makes the errors that huma finds by itself look like ours. huma keeps its hooks in variables of its
// package, so they are set once for the process.
var replaceHumaErrors = sync.OnceFunc(func() {
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return humaProblem(context.Background(), status, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return humaProblem(ctx.Context(), status, errs)
	}
})

// humaProblem gives an error of huma its code. The values that huma adds are left out: some are passwords.
func humaProblem(ctx context.Context, status int, errs []error) *problem {
	if forNUL(errs) {
		status = http.StatusUnprocessableEntity
	}
	p := newProblem(ctx, humaRow(status, errs))
	if status != http.StatusUnprocessableEntity {
		return p
	}
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, apitype.FieldError{Location: d.ErrorDetail().Location, Message: d.ErrorDetail().Message})
		}
	}
	return p
}

// humaRow finds the row for what huma says of a request.
func humaRow(status int, errs []error) row {
	switch status {
	case http.StatusBadRequest:
		return lookup(errMalformedJSON)
	case http.StatusNotAcceptable:
		return lookup(errNotAcceptable)
	case http.StatusRequestTimeout:
		return lookup(errStalled)
	case http.StatusRequestEntityTooLarge:
		return lookup(errTooLarge)
	case http.StatusUnsupportedMediaType:
		return lookup(ErrMediaType)
	case http.StatusUnprocessableEntity:
		return rowInvalid
	}
	return lookup(errors.Join(errs...)) // of reading the body
}
